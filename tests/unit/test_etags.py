import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicekit.etags import ANY, MAX_HEADER, Tag, read_tags, strong, weak
from chalicekit.problems import BadHeader

# What RFC 9110 allows between the quotes.
ETAGS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'))
TAGS = st.builds(Tag, ETAGS, st.booleans())


def written(tag: Tag) -> str:
    return f'{"W/" if tag.weak else ""}"{tag.text}"'


@settings(max_examples=200)
@given(tags=st.lists(TAGS, min_size=1, max_size=5), comma=st.sampled_from([",", ", ", " ,\t"]))
def test_a_list_is_read_as_it_was_written(tags: list[Tag], comma: str) -> None:
    assert read_tags(comma.join(map(written, tags)), "If-Match") == tuple(tags)


@settings(max_examples=200)
@given(tags=st.lists(TAGS, max_size=4), etag=ETAGS)
def test_weak_tags_never_fit_if_match(tags: list[Tag], etag: str) -> None:
    assert strong(tags, etag) == (Tag(etag) in tags)
    assert weak(tags, etag) == (etag in [tag.text for tag in tags])


def test_a_star_is_anything_and_a_quoted_one_is_itself() -> None:
    assert read_tags(" * ", "If-Match") is ANY
    assert strong(ANY, "x")
    assert weak(ANY, "x")
    quoted = read_tags('"*"', "If-Match")
    assert not strong(quoted, "x")
    assert strong(quoted, "*")


def test_a_bare_tag_is_a_quoted_one() -> None:
    assert read_tags("abc", "If-Match") == read_tags('"abc"', "If-Match") == (Tag("abc"),)
    assert read_tags("W/abc", "If-Match") == (Tag("abc", weak=True),)


@settings(max_examples=200)
@given(text=st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    problem = None
    try:
        assert read_tags(text, "If-Match")
    except BadHeader as refused:
        problem = refused
    if problem:
        assert problem.errors[0]["header"] == "If-Match"


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", '"a', 'a"', '"a" "b"', "a b", '*,"a"', 'W/ "a"', '"a"b', "a" * (MAX_HEADER + 1)],
)
def test_what_is_no_list_of_tags(text: str) -> None:
    with pytest.raises(BadHeader):
        read_tags(text, "If-Match")


def test_empty_elements_of_a_list_mean_nothing() -> None:
    assert read_tags(', "a",, "b" ,', "If-Match") == read_tags('"a","b"', "If-Match")
