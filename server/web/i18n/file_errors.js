/** Why a file could not be shared or opened, by code and rule (errors.js). @module */

export const FILE_SENTENCES = {
  "too_long.file": "The file has {have}; this room accepts {most} at most.",
  timeout: "The upload stalled.",
  bad_offset: "The file changed during the upload. Try again.",
  gone: "The file was removed on the server.",
  length_required: "The request is not valid.",
  not_text: "This file is not text. This room accepts text files only.",
  "not_text.pictures": "This room accepts text files and pictures only.",
  form_encoded: "The request is not valid.",
  bad_range: "The file changed during the upload. Try again.",
  bad_url: "The server sent no usable link to the file.",
  file_too_large: "The file is larger than this room accepts.",
  file_unreadable: "This file cannot be read.",
  file_changed: "The file changed during the upload. Try again.",
  rejoined: "Your membership changed during the upload.",
  http_status: "The server refused the file (HTTP {status}).",
  damaged: "The file arrived damaged. Try again.",
};
