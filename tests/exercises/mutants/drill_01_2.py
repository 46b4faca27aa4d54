"""Wrong answers to drill_01_2: their form is in `tests/exercises/loading.py`."""

# %% event_ids | numbers of a stream | no sequence numbers
# Event ids instead of sequence numbers.
ANSWER = ("e2fd9c34eff2d779b297b26f5fef4206", "f2fd9c34eff2d779b297b26f5fef4206")

# %% longer_and_larger | the older stays | longer, and larger as text too
# A longer number that begins with a larger digit.
ANSWER = ("300000000000000499659", "8000000000031262763620")

# %% same_length | the older stays | as long as each other
# Two numbers of one length.
ANSWER = ("300000000000000499659", "800000000003126276362")

# %% samples | numbers of a stream | no sequence numbers
# Numbers as in AWS's samples.
ANSWER = ("999", "1000")

# %% turned_round | numbers of a stream | the wrong way round
# The newer first.
ANSWER = ("1000000000000000499659", "900000000000000499659")

# %% with_zeros | numbers of a stream | padded by hand
# Zeros before the older number.
ANSWER = ("0900000000000000499659", "1000000000000000499659")

# %% same_length_by_a_digit | the older stays | as long as each other
# Two numbers that differ in their last digit.
ANSWER = ("300000000000000499658", "300000000000000499659")

# %% much_longer | the older stays | longer, and larger as text too
# A number of forty digits that begins with the same digit.
ANSWER = ("800000000003126276362", "9" * 40)

# %% longer_first | numbers of a stream | the wrong way round
# The longer number first.
ANSWER = ("9" * 40, "800000000003126276362")

# %% both_with_zeros | numbers of a stream | padded by hand
# Both brought to one length.
ANSWER = ("900000000000000499659".zfill(40), "1000000000000000499659".zfill(40))
