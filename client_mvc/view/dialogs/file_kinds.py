"""The kind of a file in a word, by the ending of its name: for lists of files.

What a shared file really is the server finds by its content.
"""

import mimetypes

from client_mvc.i18n.translate import _, marked

_MAIN = {
    "text": marked("Text"),
    "image": marked("Picture"),
    "audio": marked("Sound"),
    "video": marked("Film"),
}
_ENDINGS = {
    marked("Archive"): "zip,7z,rar,tar,gz,bz2,xz,zst,tgz,iso",
    marked("Document"): "pdf,doc,docx,odt,xls,xlsx,ods,ppt,pptx,odp,rtf,epub",
    marked(
        "Program"
    ): "exe,msi,com,scr,bat,cmd,ps1,jar,apk,deb,rpm,dmg,appimage,run,bin,so,dll",
    marked("Text"): "log,md,toml,yaml,yml,ini,cfg,conf,rs,go,ts,sql,diff,patch",
}
_BY_ENDING = {
    ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split(",")
}


def kind_in_words(name: str) -> str:
    """Return the kind of a file with this name; its ending where that says no more."""
    ending = name.rpartition(".")[2] if "." in name.lstrip(".") else ""
    if kind := _BY_ENDING.get(ending.lower()):
        return _(kind)
    main = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    return _(_MAIN[main]) if main in _MAIN else ending[:8].upper()
