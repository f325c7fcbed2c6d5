"""What a return leaves behind when it was read: nothing that only the collector finds."""

import gc

from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.demo.sample_mails import typical_messages
from tests.builders.demo_world import shipped_gazetteer, shipped_round, shipped_sizes

FEW = 100


def test_reading_and_checking_make_no_circles():
    plan_round, gazetteer = shipped_round(), shipped_gazetteer()
    (mail,) = typical_messages(1, 1, plan_round, gazetteer, shipped_sizes(), "a@b.vn")
    parser = MessageParser((plan_round,), gazetteer)
    first = parser.parse("", mail.raw)
    gc.collect()
    gc.disable()
    try:
        again = parser.parse("", mail.raw)
        left = gc.collect()
    finally:
        gc.enable()
    assert again == first
    assert sum(len(form.rows) for form in again.appendices) > 500
    assert left < FEW
