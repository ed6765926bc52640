/** The line above the first unread message: it goes when one has read to the end. @module */

const READS_FOR = 3000; // milliseconds at the end, with the page in front

/**
 * @param {() => boolean} atEnd
 * @param {(line: HTMLElement) => void} hide
 */
export function makeUnread(atEnd, hide) {
  /** @type {HTMLElement | null} */
  let line = null;
  let timer = 0;

  function end() {
    clearTimeout(timer);
    timer = 0;
    if (line) hide(line);
    line = null;
  }

  function look() {
    const reads = line && atEnd() && !document.hidden && document.hasFocus();
    if (reads) timer ||= window.setTimeout(end, READS_FOR);
    else {
      clearTimeout(timer);
      timer = 0;
    }
  }

  for (const kind of ["focus", "blur"]) addEventListener(kind, look);
  document.addEventListener("visibilitychange", look);
  return {
    end,
    look,
    /** @param {HTMLElement} node */
    watch(node) {
      line = node;
    },
  };
}
