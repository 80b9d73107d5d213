"""What all tests share: how many examples Hypothesis draws. `./test --quick` asks for few, `./test` for many."""

from hypothesis import settings

settings.register_profile("quick", max_examples=20)
