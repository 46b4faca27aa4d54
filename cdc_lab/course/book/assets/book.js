// What scrolls within itself can be reached and scrolled with the keyboard; what does not needs no stop.
document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("pre, .table-wrapper, .cell_output")) {
    if (part.scrollWidth > part.clientWidth && getComputedStyle(part).overflowX !== "visible") {
      part.tabIndex = 0;
    }
  }
  // The captions of the sidebar say that they are headings, and not of which level.
  for (const caption of document.querySelectorAll('.caption[role="heading"]')) {
    caption.setAttribute("aria-level", "2");
  }
});
