const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield case match'
  ).split(' '),
);

/**
 * Names that a file of a module must not have: its folder is first on the import path, so the file would hide a module of Python's
 * own library or a well-known package from everything that the code imports.
 */
const TAKEN = new Set(
  (
    'abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cairn calendar cgi ' +
    'cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser conftest contextlib contextvars copy copyreg ' +
    'crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest duckdb email encodings ensurepip enum errno faulthandler ' +
    'fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html ' +
    'http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools joblib json keyword lib2to3 linecache locale logging lzma mailbox ' +
    'mailcap main marshal math matplotlib mimetypes mmap module modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path ' +
    'numbers numpy opcode operator optparse os ossaudiodev pandas pathlib pdb pickle pickletools pipes pkgutil platform plistlib polars poplib posix ' +
    'posixpath pprint profile pstats pty pwd py_compile pyarrow pyclbr pydoc pydoc_data pyexpat pytest queue quopri random ray re readline reprlib ' +
    'requests resource rlcompleter runpy sched scipy secrets select selectors setup shelve shlex shutil signal site sklearn smtpd smtplib sndhdr ' +
    'socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys ' +
    'sysconfig syslog tabnanny tarfile telnetlib tempfile termios test tests textwrap this threading time timeit tkinter token tokenize tomllib torch ' +
    'trace traceback tracemalloc transformers tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref ' +
    'webbrowser winreg winsound wsgiref xdrlib xgboost xml xmlrpc yaml zipapp zipfile zipimport zlib zoneinfo annotationlib compression'
  ).split(' '),
);

export function isPythonKeyword(name: string): boolean {
  return KEYWORDS.has(name);
}

/** A Python name out of the last part of a module's name: `train-model` → `train_model`. */
export function toPythonName(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1).replaceAll('-', '_');
  const legal = /^[0-9]/.test(base) ? `step_${base}` : base;
  return KEYWORDS.has(legal) ? `${legal}_` : legal;
}

/** File for the entry, without `.py`: never one that hides another package. */
export function toPythonFile(pythonName: string): string {
  return TAKEN.has(pythonName) ? `${pythonName}_step` : pythonName;
}
