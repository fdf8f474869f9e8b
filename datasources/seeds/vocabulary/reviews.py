"""What customers of the demo shop say about its goods."""

from __future__ import annotations

from typing import Final

TITLES: Final = {
    5: (
        "Exactly what I wanted",
        "Excellent",
        "Would buy again",
        "Better than expected",
        "A favourite already",
    ),
    4: ("Very good", "Nearly perfect", "Good value", "Happy with it", "Does what it promises"),
    3: ("All right", "Good, with reservations", "Mixed feelings", "Average", "Fine for the price"),
    2: ("Not what I expected", "Disappointing", "Could be better", "Gave it to a friend"),
    1: ("Sent it back", "Not worth the money", "Do not recommend", "Poor quality"),
}

OPENINGS: Final = {
    5: (
        "I have used it every day for a month and would not be without it.",
        "It arrived early and works perfectly.",
    ),
    4: ("A solid choice that I am glad to have made.", "It does its job well and looks good doing it."),
    3: ("It is neither especially good nor bad.", "It is fine, although I had hoped for a little more."),
    2: ("It looks nice in the pictures, less so in the hand.", "It does only half of what I hoped for."),
    1: ("I used it twice and gave up on it.", "It is nothing like the description."),
}

DETAILS: Final = {
    5: (
        "The quality is better than I expected.",
        "Friends keep asking where I bought it.",
        "The packaging was free of plastic.",
    ),
    4: (
        "It is a little smaller than it looks in the pictures.",
        "I only wish there were more to choose from.",
        "Delivery took a day longer than promised.",
    ),
    3: (
        "The description could be clearer.",
        "For the price it is acceptable.",
        "I may exchange it for another one.",
    ),
    2: (
        "The finish could be better.",
        "The service was friendly, at least.",
        "The pictures promise more.",
    ),
    1: ("I asked for my money back.", "The box was already open.", "I expected more of this brand."),
}

RESPONSES: Final = (
    "Thank you for taking the time to write this.",
    "We are sorry about this. Please contact customer service, and we will send you a replacement.",
    "Thank you. We have passed this on to the manufacturer.",
)

REJECTIONS: Final = ("Contains advertising.", "Not about the product.", "Contains personal data.")

REPORTS: Final = ("This reads like advertising.", "This is about another product.", "Offensive language.")
