from tests.emulator.conftest import world

__all__ = ["world"]
