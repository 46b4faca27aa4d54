"""The kernel of the course is this interpreter, and says nothing that is not a lesson's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from cdc_lab.course.jupyterlab import _SAYS_REMEDIES
from cdc_lab.course.kernel import NAME, with_own_kernel


@pytest.mark.parametrize("options", [(), (_SAYS_REMEDIES,)], ids=["batch", "JupyterLab"])
def test_a_kernel_starts_without_a_word(
    options: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    # GIVEN the environment in which the course starts kernels
    for name, value in with_own_kernel(tmp_path, options=options).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    manager = KernelManager(kernel_name=NAME)
    assert manager.kernel_spec.argv[0] == sys.executable
    # WHEN a kernel is started and ready
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
    # THEN the terminal stays as it was
    said = capfd.readouterr()
    assert said.out + said.err == ""
