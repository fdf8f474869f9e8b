"""What the demo shop sells: six departments with three kinds of goods each, and the words for naming them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Choices = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One leaf of the category tree and how its goods are named, priced and chosen between."""

    name: str
    slug: str
    code: str
    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    options: Choices
    """What a customer chooses: each variant has one value of each."""
    attributes: Choices
    """What is the same for all variants of a product."""
    cents: tuple[int, int]
    grams: tuple[int, int]
    tags: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A root of the category tree."""

    name: str
    slug: str
    description: str
    brands: tuple[str, ...]
    warranty: str | None
    """What its makers guarantee, such as "2 years"; None for goods without a warranty."""
    kinds: tuple[Kind, ...]


SERIES: Final = (
    "Aria", "Nova", "Orbit", "Vela", "Lumen", "Cedar", "Harbor", "Summit", "Atlas", "Juniper", "Solstice",
    "Meridian", "Willow", "Comet", "Tundra", "Marlow", "Ember", "Quartz", "Sierra", "Drift", "Halcyon",
    "Onyx", "Prairie", "Zephyr", "Fjord",
)  # fmt: skip

BRANDS: Final = {
    "Northwind Audio": "Electronics built to be repaired.",
    "Brightleaf": "Everyday products from renewable materials.",
    "Halden & Co": "Family-run makers of household goods since 1954.",
    "Kestrel": "Gear for people who are outside in any weather.",
    "Lumora": "Soft light and warm rooms.",
    "Marlowe": "Clothes with simple cuts, made to last.",
    "Oakridge": "Solid goods for kitchen and home.",
    "Peakline": "Technical equipment for sport and the outdoors.",
    "Rivermill": "Paper, ink and everything that goes with them.",
    "Sora": "Small electronics, thoughtfully made.",
    "Tidewater": "Care products without unnecessary ingredients.",
    "Verano": "Colour for every season.",
}

_COLORS = ("Color", ("Black", "White", "Blue", "Red", "Green", "Sand"))
_SIZES = ("Size", ("S", "M", "L", "XL"))

_ELECTRONICS = (
    Kind(
        name="Headphones", slug="headphones", code="HDP",
        adjectives=("Wireless", "Noise-Cancelling", "Studio", "Compact", "Sport", "Lightweight"),
        nouns=("Headphones", "Earbuds", "Headset", "Over-Ear Headphones"),
        options=(_COLORS,),
        attributes=(
            ("Connectivity", ("Bluetooth 5.3", "Bluetooth 5.2", "Bluetooth and USB-C")),
            ("Battery Life", ("20 h", "30 h", "50 h")),
        ),
        cents=(2999, 39999), grams=(40, 380), tags=("audio", "music", "headphones"),
        purpose="listening at home and on the go",
    ),
    Kind(
        name="Phone Accessories", slug="phone-accessories", code="PHA",
        adjectives=("Slim", "Rugged", "Dual", "Fast", "Compact", "Travel"),
        nouns=("Charging Stand", "Charger", "Power Bank", "Car Charger"),
        options=(_COLORS,),
        attributes=(
            ("Material", ("Silicone", "Aluminium", "Recycled plastic")),
            ("Connectivity", ("USB-C", "Qi wireless")),
        ),
        cents=(1299, 8999), grams=(30, 420), tags=("phone", "mobile", "travel"),
        purpose="keeping your phone charged wherever you are",
    ),
    Kind(
        name="Cameras", slug="cameras", code="CAM",
        adjectives=("Compact", "Lightweight", "Waterproof", "Everyday", "Travel", "Pro"),
        nouns=("Camera", "Action Camera", "Camera Kit", "Camcorder"),
        options=(("Color", ("Black", "Silver", "Sand")),),
        attributes=(
            ("Resolution", ("12 MP", "24 MP", "48 MP")),
            ("Connectivity", ("Bluetooth 5.3", "USB-C")),
        ),
        cents=(4999, 129900), grams=(150, 1800), tags=("photo", "video", "travel"),
        purpose="photos and films worth keeping",
    ),
)  # fmt: skip
_HOME = (
    Kind(
        name="Cookware", slug="cookware", code="CKW",
        adjectives=("Deep", "Non-Stick", "Professional", "Enamelled", "Classic", "Stackable"),
        nouns=("Frying Pan", "Saucepan", "Casserole", "Wok"),
        options=(("Diameter", ("20 cm", "24 cm", "28 cm")),),
        attributes=(("Material", ("Cast iron", "Steel", "Copper")), ("Dishwasher Safe", ("Yes", "No"))),
        cents=(2499, 24999), grams=(800, 4200), tags=("kitchen", "cooking"),
        purpose="slow suppers and quick breakfasts",
    ),
    Kind(
        name="Bedding", slug="bedding", code="BED",
        adjectives=("Soft", "Organic", "Washed", "Winter", "Summer", "Quilted"),
        nouns=("Duvet Cover", "Pillow", "Blanket", "Sheet Set"),
        options=(("Size", ("Single", "Double", "King")), ("Color", ("White", "Sand", "Blue"))),
        attributes=(("Material", ("Cotton", "Linen", "Wool")),),
        cents=(1999, 18999), grams=(500, 3000), tags=("bedroom", "sleep"),
        purpose="a good night's sleep",
    ),
    Kind(
        name="Lighting", slug="lighting", code="LGT",
        adjectives=("Dimmable", "Classic", "Modern", "Adjustable", "Warm", "Minimal"),
        nouns=("Desk Lamp", "Floor Lamp", "Pendant Light", "Night Light"),
        options=(("Color", ("Black", "White", "Brass")),),
        attributes=(("Material", ("Brass", "Paper", "Steel")), ("Energy Class", ("A", "B", "C"))),
        cents=(1999, 32999), grams=(300, 5200), tags=("light", "home", "led"),
        purpose="evenings and early mornings",
    ),
)  # fmt: skip
_CLOTHING = (
    Kind(
        name="Shirts", slug="shirts", code="SHT",
        adjectives=("Classic", "Lightweight", "Washed", "Striped", "Everyday", "Soft"),
        nouns=("Shirt", "T-Shirt", "Polo", "Henley"),
        options=(("Color", ("White", "Blue", "Green")), _SIZES),
        attributes=(("Material", ("Cotton", "Linen", "Wool")), ("Fit", ("Slim", "Regular", "Loose"))),
        cents=(1999, 8999), grams=(120, 400), tags=("clothing", "tops"),
        purpose="the office and the weekend",
    ),
    Kind(
        name="Jackets", slug="jackets", code="JKT",
        adjectives=("Waterproof", "Quilted", "City", "Packable", "Insulated", "Field"),
        nouns=("Jacket", "Parka", "Vest", "Windbreaker"),
        options=(("Color", ("Black", "Green", "Sand")), _SIZES),
        attributes=(
            ("Material", ("Recycled polyester", "Cotton", "Wool")),
            ("Fit", ("Slim", "Regular", "Loose")),
        ),
        cents=(5999, 34999), grams=(300, 1500), tags=("clothing", "outerwear"),
        purpose="days when the forecast is wrong",
    ),
    Kind(
        name="Shoes", slug="shoes", code="SHO",
        adjectives=("Classic", "Everyday", "Lightweight", "Trail", "Slip-On", "City"),
        nouns=("Sneakers", "Boots", "Loafers", "Sandals"),
        options=(("Color", ("Black", "White", "Sand")), ("Size", ("39", "41", "43", "45"))),
        attributes=(("Material", ("Leather", "Canvas", "Recycled polyester")),),
        cents=(3999, 21999), grams=(400, 1600), tags=("clothing", "footwear"),
        purpose="long days on your feet",
    ),
)  # fmt: skip
_OUTDOORS = (
    Kind(
        name="Fitness", slug="fitness", code="FIT",
        adjectives=("Compact", "Essential", "Professional", "Adjustable", "Training", "Non-Slip"),
        nouns=("Dumbbell", "Medicine Ball", "Kettlebell", "Weight Vest"),
        options=(("Weight", ("Light", "Medium", "Heavy")),),
        attributes=(("Material", ("Neoprene", "Recycled rubber", "Natural rubber")),),
        cents=(1499, 19999), grams=(400, 16000), tags=("sport", "training"),
        purpose="training at home",
    ),
    Kind(
        name="Camping", slug="camping", code="CMP",
        adjectives=("Ultralight", "Family", "Basecamp", "Compact", "Touring", "Trail"),
        nouns=("Tent", "Sleeping Bag", "Hammock", "Backpack"),
        options=(("Color", ("Green", "Blue", "Red")),),
        attributes=(
            ("Material", ("Recycled polyester", "Ripstop nylon", "Cotton canvas")),
            ("Season", ("Summer", "Three seasons", "Winter")),
        ),
        cents=(3999, 59999), grams=(400, 6800), tags=("outdoor", "hiking", "travel"),
        purpose="nights outdoors",
    ),
    Kind(
        name="Cycling", slug="cycling", code="CYC",
        adjectives=("Road", "Urban", "Reflective", "Aero", "Winter", "Touring"),
        nouns=("Jersey", "Gloves", "Jacket", "Vest"),
        options=(("Color", ("Black", "Red", "White")), ("Size", ("S", "M", "L"))),
        attributes=(("Material", ("Recycled polyester", "Merino wool", "Cotton")),),
        cents=(1999, 15999), grams=(60, 1400), tags=("sport", "bike", "commuting"),
        purpose="riding in the city and out of it",
    ),
)  # fmt: skip
_CARE = (
    Kind(
        name="Skincare", slug="skincare", code="SKN",
        adjectives=("Hydrating", "Gentle", "Daily", "Restoring", "Mineral", "Rich"),
        nouns=("Face Cream", "Cleanser", "Serum", "Sun Lotion"),
        options=(("Volume", ("30 ml", "50 ml", "100 ml")),),
        attributes=(("Skin Type", ("Dry", "Normal", "Oily")), ("Vegan", ("Yes", "No"))),
        cents=(999, 6999), grams=(40, 250), tags=("beauty", "skin"),
        purpose="skin in any weather",
    ),
    Kind(
        name="Fragrance", slug="fragrance", code="FRG",
        adjectives=("Citrus", "Woody", "Floral", "Sea", "Amber", "Green Tea"),
        nouns=("Eau de Parfum", "Cologne", "Body Mist", "Perfume Oil"),
        options=(("Volume", ("30 ml", "50 ml", "100 ml")),),
        attributes=(("Vegan", ("Yes", "No")), ("Season", ("Summer", "All year", "Winter"))),
        cents=(1999, 14999), grams=(80, 400), tags=("beauty", "scent", "gift"),
        purpose="everyday wear and special evenings",
    ),
    Kind(
        name="Hair Care", slug="hair-care", code="HAR",
        adjectives=("Nourishing", "Volumizing", "Gentle", "Repairing", "Light", "Daily"),
        nouns=("Shampoo", "Conditioner", "Hair Oil", "Hair Mask"),
        options=(("Volume", ("100 ml", "250 ml", "500 ml")),),
        attributes=(("Hair Type", ("Fine", "Normal", "Curly")), ("Vegan", ("Yes", "No"))),
        cents=(799, 3999), grams=(100, 600), tags=("beauty", "hair"),
        purpose="soft and healthy hair",
    ),
)  # fmt: skip
_PAPER = (
    Kind(
        name="Notebooks", slug="notebooks", code="NTB",
        adjectives=("Dotted", "Lined", "Hardcover", "Squared", "Refillable", "Blank"),
        nouns=("Notebook", "Journal", "Sketchbook", "Memo Pad"),
        options=(("Color", ("Black", "Red", "Green", "Sand")),),
        attributes=(
            ("Material", ("Recycled paper", "Leather", "Cotton paper")),
            ("Format", ("A6", "A5", "A4")),
        ),
        cents=(599, 4999), grams=(90, 700), tags=("paper", "writing", "office"),
        purpose="notes and ideas worth keeping",
    ),
    Kind(
        name="Pens", slug="pens", code="PEN",
        adjectives=("Classic", "Slim", "Precision", "Everyday", "Fine", "Travel"),
        nouns=("Fountain Pen", "Pen Set", "Mechanical Pencil", "Ballpoint Pen"),
        options=(("Color", ("Black", "Blue", "Red")),),
        attributes=(("Material", ("Brass", "Aluminium", "Recycled plastic")),),
        cents=(399, 8999), grams=(15, 300), tags=("writing", "office", "gift"),
        purpose="letters, lists and signatures",
    ),
    Kind(
        name="Planners", slug="planners", code="PLN",
        adjectives=("Weekly", "Daily", "Academic", "Minimal", "Undated", "Family"),
        nouns=("Planner", "Calendar", "Desk Pad", "Organiser"),
        options=(("Color", ("Black", "White", "Green")),),
        attributes=(
            ("Material", ("Recycled paper", "Leather", "Cotton paper")),
            ("Format", ("A6", "A5", "A4")),
        ),
        cents=(899, 5999), grams=(100, 900), tags=("paper", "office"),
        purpose="busy weeks and long-term plans",
    ),
)  # fmt: skip

DEPARTMENTS: Final = (
    Department(
        name="Electronics",
        slug="electronics",
        description="Sound, pictures and power.",
        brands=("Northwind Audio", "Sora"),
        warranty="2 years",
        kinds=_ELECTRONICS,
    ),
    Department(
        name="Home & Kitchen",
        slug="home-kitchen",
        description="For every room.",
        brands=("Halden & Co", "Oakridge", "Lumora"),
        warranty="5 years",
        kinds=_HOME,
    ),
    Department(
        name="Clothing",
        slug="clothing",
        description="From head to toe.",
        brands=("Marlowe", "Verano"),
        warranty=None,
        kinds=_CLOTHING,
    ),
    Department(
        name="Sports & Outdoors",
        slug="sports-outdoors",
        description="For training and for days outdoors.",
        brands=("Kestrel", "Peakline"),
        warranty="2 years",
        kinds=_OUTDOORS,
    ),
    Department(
        name="Beauty & Care",
        slug="beauty-care",
        description="For skin and hair.",
        brands=("Tidewater", "Brightleaf"),
        warranty=None,
        kinds=_CARE,
    ),
    Department(
        name="Paper & Writing",
        slug="paper-writing",
        description="For writing, drawing and planning.",
        brands=("Rivermill", "Brightleaf"),
        warranty=None,
        kinds=_PAPER,
    ),
)

KINDS: Final = tuple((department, kind) for department in DEPARTMENTS for kind in department.kinds)
