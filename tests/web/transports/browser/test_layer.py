import asyncio

from kokorochat.web.transports.browser import layer
from kokorochat.web.transports.browser.layer import SparingLayer
from kokorochat.web.transports.browser.lookout import note_untold


async def test_what_is_too_old_goes_though_not_with_each_message(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(layer.time, "monotonic", lambda: now[0])
    wakes = SparingLayer(expiry=-1)

    async def heard_elsewhere():
        """Something comes for another screen, which is when the layer may clean."""
        waiting = asyncio.create_task(wakes.receive("other"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    await wakes.send("closed", {"type": "wake"})
    await heard_elsewhere()
    assert "closed" not in wakes.channels
    await wakes.send("closed", {"type": "wake"})
    await heard_elsewhere()
    assert "closed" in wakes.channels, "looked for a moment ago"
    now[0] += 1.0
    await heard_elsewhere()
    assert "closed" not in wakes.channels


async def test_a_screen_that_was_closed_is_no_fault_and_any_other_fault_is_logged(caplog):
    async def tell(fault):
        raise fault

    for fault in (BrokenPipeError("closed"), ValueError("words")):
        task = asyncio.ensure_future(tell(fault))
        await asyncio.wait([task])
        note_untold(task)
    assert [record.message for record in caplog.records] == ["a screen could not be told: ValueError"]
