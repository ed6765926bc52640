/** Why what was typed is no link to a room, by code and rule (shared/problems.py). @module */

export const LINK_SENTENCES = {
  bad_link: "This is not a code, link or address of a room. Example: 192.168.1.5:18000",
  "bad_link.code_characters": "A code has digits and letters only, and no U.",
  "bad_link.code_length": "A code has 8 or 11 characters.",
  "bad_link.code_check": "This code has a typing error.",
  "bad_link.code_or_name":
    "This code has a typing error. Enter a computer's name with its port: {text}:18000",
};
