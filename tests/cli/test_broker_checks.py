"""What the doctor makes of topics, lag and dead letters."""

from cli.broker_checks import BrokerFacts, judge_dead_letters, judge_groups, judge_topics
from contracts.topics import RECORDS_SUBMITTED, ROWS_RECEIVED, TOPICS


def all_topics() -> dict[str, int]:
    names = {topic.name: topic.partitions for topic in TOPICS}
    return names | {topic.dead_letters: 1 for topic in TOPICS if topic.consumed}


def test_all_topics_there_is_sound() -> None:
    assert judge_topics(all_topics()).standing == "sound"


def test_a_missing_or_narrow_topic_is_broken_and_named() -> None:
    topics = all_topics()
    del topics[RECORDS_SUBMITTED.dead_letters]
    topics[ROWS_RECEIVED.name] -= 1
    found = judge_topics(topics)
    assert found.standing == "broken"
    assert RECORDS_SUBMITTED.dead_letters in found.sentence
    assert ROWS_RECEIVED.name in found.sentence


def test_messages_that_nobody_has_read_are_suspect() -> None:
    facts = BrokerFacts(partitions={}, lag={}, messages={ROWS_RECEIVED.name: 3})
    [found] = judge_groups(facts)
    assert found.standing == "suspect"
    assert ROWS_RECEIVED.name in found.sentence


def test_a_topic_that_was_never_used_is_nothing_to_speak_of() -> None:
    assert list(judge_groups(BrokerFacts(partitions={}, lag={}, messages={}))) == []


def test_a_long_queue_is_suspect_and_a_short_one_sound() -> None:
    lag = {("a", ROWS_RECEIVED.name): 50_000, ("b", RECORDS_SUBMITTED.name): 3}
    facts = BrokerFacts(partitions={}, lag=lag, messages={})
    assert [found.standing for found in judge_groups(facts)] == ["suspect", "sound"]


def test_dead_letters_are_counted_by_topic() -> None:
    assert judge_dead_letters({ROWS_RECEIVED.name: 9}).standing == "sound"
    found = judge_dead_letters({ROWS_RECEIVED.dead_letters: 2})
    assert found.standing == "suspect"
    assert "2" in found.sentence
