from sweep.port.notes import Note, left_to_do


def test_what_is_left_is_counted_by_the_comments():
    note = Note(3, "x", "it is gone", "write it")
    assert note.comment == "# sweep port: by hand: it is gone; write it" and str(note) == "3: it is gone; write it"
    check = Note(4, "y", "look", "there", "check")
    assert left_to_do(f"a\n    {note.comment}\n{check.comment}\nx = '{note.comment}'\n") == [2]
