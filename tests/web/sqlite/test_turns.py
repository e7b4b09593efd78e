import threading
import time

from kokorochat.web.sqlite.turns import Turns


def test_a_turn_is_taken_once_and_given_on():
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_whoever_has_waited_longest_is_next_and_nobody_overtakes():
    turns, order = Turns(), []
    assert turns.take(0)

    def wait(name):
        assert turns.take(10)
        order.append(name)
        turns.give()

    waiting = [threading.Thread(target=wait, args=(name,)) for name in range(8)]
    for number, thread in enumerate(waiting):
        thread.start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.give()
    assert turns.take(10)  # comes back at once, and is the last all the same
    assert order == list(range(8))
    for thread in waiting:
        thread.join()


def test_many_threads_are_never_two_inside():
    turns, inside, most = Turns(), [], []

    def work():
        for _ in range(200):
            if turns.take(0.0005):  # so short that many give up
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                turns.give()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert turns.take(0), "nobody has kept it"
