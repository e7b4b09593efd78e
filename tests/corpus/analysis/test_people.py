"""The table of people: what it may say, and that small counts are never shown."""

import pytest

from kokorochat.corpus.analysis.people import NOT_STATED, REST, Person, count_people, read_people
from kokorochat.domain.errors import InputError


def test_ages_and_genders_are_read_and_may_be_left_empty(people_file):
    path = people_file("\ufeffid, gender ,age,town\n7,女性,34,x\n\n8,,,\n")
    assert read_people(path, None) == [Person("7", 34, "女性"), Person("8", None, NOT_STATED)]


def test_a_year_of_birth_gives_the_age_of_the_corpus_last_year(people_file):
    assert read_people(people_file("id,birth_year,gender\n7,1980,f\n"), 2024) == [Person("7", 44, "f")]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", "people.csv", "needs one column id"),
        ("id,age\n1,30\n", "people.csv", "needs one column gender"),
        ("id,gender\n1,f\n", "people.csv", "needs one column age"),
        ("id,gender,age,age\n", "people.csv", "needs one column age"),
        ("id,gender,age,birth_year\n", "people.csv", "both age and birth_year"),
        ("id,gender,age\n1,f\n", "row 2", "has 2 cells, the header 3"),
        ("id,gender,age\n1,f,30\n1,f,31\n", "row 3, id", "came before"),
        ("id,gender,age\n,f,30\n", "row 2, id", "is empty"),
        ("id,gender,age\n1,f,thirty\n", "row 2, age", "not a whole number"),
        ("id,gender,age\n1,f,-3\n", "row 2, age", "not a whole number"),
        ("id,gender,age\n1,f,３０\n", "row 2, age", "not a whole number"),
        ("id,gender,age\n1,f,121\n", "row 2, age", "is no age"),
        ("id,gender,birth_year\n1,f,2030\n", "row 2, birth_year", "gives an age of -6"),
        ('id,gender,age\n1,"f,30\n', "people.csv", "not readable as CSV"),
    ],
)
def test_a_bad_table_is_refused_by_row_and_column(people_file, text, place, problem):
    with pytest.raises(InputError) as refused:
        read_people(people_file(text), 2024)
    assert place in refused.value.place
    assert problem in refused.value.problem


def test_a_year_of_birth_needs_a_corpus_with_times(people_file):
    with pytest.raises(InputError, match="no times to tell an age by"):
        read_people(people_file("id,gender,birth_year\n1,f,1980\n"), None)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path):
    with pytest.raises(InputError, match=r"people\.csv"):
        read_people(tmp_path / "people.csv", 2024)
    (tmp_path / "people.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not readable as CSV in UTF-8"):
        read_people(tmp_path / "people.csv", 2024)


def _some(number: int, age: int | None, gender: str, start: int = 0) -> list[Person]:
    return [Person(str(start + n), age, gender) for n in range(number)]


def test_only_people_who_speak_in_the_corpus_are_counted():
    found = count_people(_some(9, 34, "f"), {"0", "1", "2", "3", "4", "99"}, "people.csv")
    assert (found.counts, found.shown, found.suppressed) == ({(30, "f"): 5}, 5, False)


def test_counts_under_five_are_not_shown_and_not_in_the_total():
    people = _some(6, 34, "f") + _some(4, 45, "f", 10) + _some(7, 45, "m", 20)
    found = count_people(people, {p.id for p in people}, "people.csv")
    assert found.counts == {(30, "f"): 6, (40, "f"): None, (30, "m"): 0, (40, "m"): 7}
    assert (found.shown, found.suppressed) == (13, True)


def test_genders_of_few_people_stand_together_or_not_at_all():
    people = _some(6, 34, "f") + _some(3, 36, "x", 10) + _some(2, 38, "y", 20)
    assert count_people(people, {p.id for p in people}, "").genders == ("f", REST)
    fewer = [person for person in people if person.gender != "y"]
    found = count_people(fewer, {p.id for p in fewer}, "")
    assert (found.genders, found.suppressed) == (("f",), True)


def test_bands_have_no_hole_and_those_not_stated_come_last():
    people = _some(5, 25, "f") + _some(5, 49, "f", 10) + _some(5, None, "f", 20)
    assert count_people(people, {p.id for p in people}, "").bands == (20, 30, 40, None)


@pytest.mark.parametrize(("speakers", "problem"), [({"x"}, "nobody in it speaks"), (set(), "does not tell who speaks")])
def test_a_table_of_other_people_is_refused(speakers, problem):
    with pytest.raises(InputError, match=problem):
        count_people(_some(5, 30, "f"), speakers, "people.csv")
