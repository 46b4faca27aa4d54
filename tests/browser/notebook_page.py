"""A notebook in JupyterLab, used as a reader uses it: by the menu, the keyboard and the mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

LOAD_MS = 60_000
RUN_MS = 240_000

# Windowed cells are not all in the page; the model behind it knows every one.
_READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status === 'idle' && panel.content?.model?.cells?.length > 0;
}"""
_DONE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const code = Array.from(panel.content.model.cells).filter(
    cell => cell.type === 'code' && cell.sharedModel.getSource().trim());
  const states = code.map(cell => cell.executionState);
  return panel.sessionContext.session.kernel.status === 'idle'
    && code.every(cell => cell.executionCount !== null) && states.every(state => state !== 'running');
}"""

_IDLE = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"

_SELECT = """index => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  notebook.activate();
}"""
_HAS_FOCUS = "() => jupyterapp.shell.currentWidget.content.node.contains(document.activeElement)"
_HAS_CURSOR = "index => !!jupyterapp.shell.currentWidget.content.widgets[index].editor?.hasFocus()"


def _text(output: dict[str, Any]) -> str:
    if output["output_type"] == "error":
        return "\n".join(output["traceback"])
    text = output.get("text", output.get("data", {}).get("text/plain", ""))
    return text if isinstance(text, str) else "".join(text)


# Below JupyterLab's own bars, and above the middle of the window.
_AT_TOP = """anchor => {
  const place = document.querySelector(`[data-jupyter-id="${anchor}"]`);
  const top = place?.getBoundingClientRect().top;
  return top > 0 && top < window.innerHeight / 2;
}"""


class NotebookPage:
    """One open notebook.

    Parameters
    ----------
    page : playwright Page
    path : Path
        Where JupyterLab saves it.
    """

    def __init__(self, page: Any, path: Path) -> None:
        self._page = page
        self._path = path
        page.wait_for_function(_READY, timeout=LOAD_MS)

    def alternative_texts(self, count: int) -> list[str | None]:
        """The texts of the outputs' first pictures, once that many are there; None where one has none."""
        pictures = self._page.locator(".jp-RenderedImage img")
        pictures.nth(count - 1).wait_for(state="attached", timeout=LOAD_MS)
        return [pictures.nth(number).get_attribute("alt") for number in range(count)]

    def follow(self, words: str, anchor: str) -> str:
        """Click a link with these words; return what opens, once the place that it names is in sight."""
        self._page.locator(f".jp-RenderedMarkdown a:text-is('{words}')").first.click()
        self._page.wait_for_function(_AT_TOP, arg=anchor, timeout=LOAD_MS)
        return str(self._page.evaluate("jupyterapp.shell.currentWidget.title.label"))

    def run_all(self) -> None:
        """Run > Restart Kernel and Run All Cells, and confirm."""
        page = self._page
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Restart Kernel and Run All Cells…").click()
        page.get_by_role("dialog").locator("button.jp-mod-accept").click()
        # The old counts stay until the restart has cleared them.
        page.wait_for_function(f"() => !({_DONE})()", timeout=LOAD_MS)
        page.wait_for_function(_DONE, timeout=RUN_MS)

    def cell(self, containing: str) -> int:
        """The number of the first code cell that holds this text."""
        index: int = self._page.evaluate(
            """text => Array.from(jupyterapp.shell.currentWidget.content.model.cells).findIndex(
                 cell => cell.type === 'code' && cell.sharedModel.getSource().includes(text))""",
            containing,
        )
        assert index >= 0, f"no code cell holds {containing!r}"
        return index

    def select(self, index: int) -> None:
        """Make a cell the active one."""
        self._page.evaluate(_SELECT, index)
        # A page that has just been opened may send the keys elsewhere still.
        self._page.wait_for_function(_HAS_FOCUS, timeout=LOAD_MS)
        self._page.keyboard.press("Escape")

    def run_cell(self, index: int) -> str:
        """Run one cell, as Ctrl-Enter does, and wait; return what it shows as plain text."""
        self.select(index)
        self._page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
        return self.shown(index)

    def run_above(self, index: int) -> None:
        """Run > Run All Above Selected Cell, and wait."""
        self.select(index)
        self._page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-above')")

    def shown(self, index: int) -> str:
        """What a cell shows as plain text."""
        outputs = self._page.evaluate(
            "index => jupyterapp.shell.currentWidget.content.model.cells.get(index).outputs.toJSON()", index
        )
        return "\n".join(map(_text, outputs))

    def source(self, index: int) -> str:
        """What is typed in a cell."""
        typed: str = self._page.evaluate(
            "index => jupyterapp.shell.currentWidget.content.model.cells.get(index).sharedModel.getSource()",
            index,
        )
        return typed

    def start_cell(self, index: int) -> None:
        """Run a cell by the keyboard, and do not wait for its end but for its beginning."""
        self.select(index)
        self._page.keyboard.press("Control+Enter")
        self._page.wait_for_function(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'"
        )

    def interrupt(self, index: int) -> str:
        """Press the button that stops the kernel; return what the cell shows then."""
        self._page.get_by_role("button", name="Interrupt the kernel").click()
        self._page.wait_for_function(_IDLE, timeout=LOAD_MS)
        return self.shown(index)

    def restart(self) -> None:
        """Kernel > Restart Kernel, and confirm."""
        self._page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self._page.get_by_text("Restart Kernel…", exact=True).click()
        self._page.get_by_role("dialog").locator("button.jp-mod-accept").click()
        self._page.get_by_role("dialog").wait_for(state="detached")
        self._page.wait_for_function(_READY, timeout=LOAD_MS)

    def close(self) -> None:
        """Close the browser's tab."""
        self._page.close()

    def replace_cell(self, containing: str, source: str) -> None:
        """Select the code cell with this text, and type another source over it."""
        page, index = self._page, self.cell(containing)
        self.select(index)
        page.keyboard.press("Enter")
        # A cell that has just come into sight has its editor, and so the keys, a moment later.
        page.wait_for_function(_HAS_CURSOR, arg=index, timeout=LOAD_MS)
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(source)
        assert self.source(index) == source

    def saved(self) -> Any:
        """Save, and read what lies on the disk."""
        self._page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        return nbformat.read(self._path, as_version=4)

    def screenshot(self, file: Path) -> None:
        """A picture of the window, for a person."""
        self._page.screenshot(path=str(file))
