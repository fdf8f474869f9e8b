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
    kinds: tuple[Kind, ...]


SERIES: Final = (
    "Aria", "Nova", "Orbit", "Vela", "Lumen", "Cedar", "Harbor", "Summit", "Atlas", "Juniper", "Solstice",
    "Meridian", "Willow", "Comet", "Tundra", "Marlow", "Ember", "Quartz", "Sierra", "Drift", "Halcyon",
    "Onyx", "Prairie", "Zephyr", "Fjord",
)  # fmt: skip

BRANDS: Final = {
    "Northwind Audio": "Sound equipment built to be repaired.",
    "Brightleaf": "Everyday things from renewable materials.",
    "Halden & Co": "Family-run makers of household goods since 1954.",
    "Kestrel": "Gear for people who are outside in any weather.",
    "Lumora": "Soft light and warm rooms.",
    "Marlowe": "Clothes with straight cuts and long lives.",
    "Oakridge": "Solid goods for kitchen and home.",
    "Peakline": "Technical equipment for the mountains.",
    "Rivermill": "Paper, ink and what belongs to them.",
    "Sora": "Small electronics, thoughtfully made.",
    "Tidewater": "Care products without unneeded ingredients.",
    "Verano": "Colour for every season.",
}

_COLORS = ("Color", ("Black", "White", "Blue", "Red", "Green", "Sand"))
_SIZES = ("Size", ("S", "M", "L", "XL"))

_ELECTRONICS = (
    Kind(
        name="Headphones", slug="headphones", code="HDP",
        adjectives=("Wireless", "Noise-Cancelling", "Studio", "Foldable", "Sport", "Open-Back"),
        nouns=("Headphones", "Earbuds", "Headset", "Over-Ear Headphones"),
        options=(_COLORS,),
        attributes=(
            ("Connectivity", ("Bluetooth 5.3", "USB-C", "3.5 mm jack")),
            ("Battery Life", ("20 h", "30 h", "50 h")),
        ),
        cents=(2999, 39999), grams=(40, 380), tags=("audio", "music", "headphones"),
        purpose="listening at home and on the way",
    ),
    Kind(
        name="Phone Accessories", slug="phone-accessories", code="PHA",
        adjectives=("Slim", "Rugged", "Magnetic", "Fast", "Compact", "Foldable"),
        nouns=("Phone Case", "Charger", "Power Bank", "Car Mount"),
        options=(_COLORS,),
        attributes=(
            ("Material", ("Silicone", "Aluminium", "Recycled plastic")),
            ("Connectivity", ("USB-C", "Qi wireless")),
        ),
        cents=(1299, 8999), grams=(30, 420), tags=("phone", "mobile", "travel"),
        purpose="keeping a phone safe and charged",
    ),
    Kind(
        name="Cameras", slug="cameras", code="CAM",
        adjectives=("Compact", "Mirrorless", "Waterproof", "Instant", "Travel", "Vintage"),
        nouns=("Camera", "Action Camera", "Lens Kit", "Tripod"),
        options=(("Color", ("Black", "Silver", "Sand")),),
        attributes=(
            ("Resolution", ("12 MP", "24 MP", "48 MP")),
            ("Connectivity", ("Bluetooth 5.3", "USB-C")),
        ),
        cents=(4999, 129900), grams=(150, 1800), tags=("photo", "video", "travel"),
        purpose="photographs worth printing",
    ),
)  # fmt: skip
_HOME = (
    Kind(
        name="Cookware", slug="cookware", code="CKW",
        adjectives=("Cast Iron", "Non-Stick", "Copper", "Enamelled", "Classic", "Stackable"),
        nouns=("Frying Pan", "Saucepan", "Casserole", "Wok"),
        options=(("Diameter", ("20 cm", "24 cm", "28 cm")),),
        attributes=(("Material", ("Cast iron", "Steel", "Copper")), ("Dishwasher Safe", ("Yes", "No"))),
        cents=(2499, 24999), grams=(800, 4200), tags=("kitchen", "cooking"),
        purpose="slow suppers and quick breakfasts",
    ),
    Kind(
        name="Bedding", slug="bedding", code="BED",
        adjectives=("Linen", "Organic", "Washed", "Winter", "Summer", "Quilted"),
        nouns=("Duvet Cover", "Pillow", "Blanket", "Sheet Set"),
        options=(("Size", ("Single", "Double", "King")), ("Color", ("White", "Sand", "Blue"))),
        attributes=(("Material", ("Cotton", "Linen", "Wool")),),
        cents=(1999, 18999), grams=(500, 3000), tags=("bedroom", "sleep"),
        purpose="a good night's sleep",
    ),
    Kind(
        name="Lighting", slug="lighting", code="LGT",
        adjectives=("Dimmable", "Brass", "Paper", "Adjustable", "Warm", "Minimal"),
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
        adjectives=("Oxford", "Linen", "Relaxed", "Striped", "Everyday", "Merino"),
        nouns=("Shirt", "T-Shirt", "Polo", "Henley"),
        options=(("Color", ("White", "Blue", "Green")), _SIZES),
        attributes=(("Material", ("Cotton", "Linen", "Wool")), ("Fit", ("Slim", "Regular", "Loose"))),
        cents=(1999, 8999), grams=(120, 400), tags=("clothing", "tops"),
        purpose="the office and the weekend",
    ),
    Kind(
        name="Jackets", slug="jackets", code="JKT",
        adjectives=("Waterproof", "Quilted", "Denim", "Packable", "Insulated", "Field"),
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
        adjectives=("Leather", "Canvas", "Running", "Trail", "Slip-On", "Winter"),
        nouns=("Sneakers", "Boots", "Loafers", "Sandals"),
        options=(("Color", ("Black", "White", "Sand")), ("Size", ("39", "41", "43", "45"))),
        attributes=(("Material", ("Leather", "Canvas", "Recycled polyester")),),
        cents=(3999, 21999), grams=(400, 1600), tags=("clothing", "footwear"),
        purpose="long walks on hard ground",
    ),
)  # fmt: skip
_OUTDOORS = (
    Kind(
        name="Fitness", slug="fitness", code="FIT",
        adjectives=("Adjustable", "Cork", "Heavy", "Folding", "Training", "Soft"),
        nouns=("Dumbbell", "Yoga Mat", "Kettlebell", "Resistance Bands"),
        options=(("Weight", ("Light", "Medium", "Heavy")),),
        attributes=(("Material", ("Cork", "Steel", "Natural rubber")),),
        cents=(1499, 19999), grams=(400, 16000), tags=("sport", "training"),
        purpose="training at home",
    ),
    Kind(
        name="Camping", slug="camping", code="CMP",
        adjectives=("Ultralight", "Family", "Four-Season", "Folding", "Insulated", "Trail"),
        nouns=("Tent", "Sleeping Bag", "Stove", "Backpack"),
        options=(("Color", ("Green", "Blue", "Red")),),
        attributes=(
            ("Material", ("Recycled polyester", "Aluminium", "Steel")),
            ("Season", ("Summer", "Three seasons", "Winter")),
        ),
        cents=(3999, 59999), grams=(400, 6800), tags=("outdoor", "hiking", "travel"),
        purpose="nights under the sky",
    ),
    Kind(
        name="Cycling", slug="cycling", code="CYC",
        adjectives=("Road", "Urban", "Reflective", "Aero", "Winter", "Touring"),
        nouns=("Helmet", "Bike Light", "Pannier", "Gloves"),
        options=(("Color", ("Black", "Red", "White")), ("Size", ("S", "M", "L"))),
        attributes=(("Material", ("Recycled polyester", "Aluminium", "Leather")),),
        cents=(1999, 15999), grams=(60, 1400), tags=("sport", "bike", "commuting"),
        purpose="riding in traffic and out of it",
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
        purpose="skin that sees all weathers",
    ),
    Kind(
        name="Fragrance", slug="fragrance", code="FRG",
        adjectives=("Citrus", "Woody", "Floral", "Sea", "Amber", "Green Tea"),
        nouns=("Eau de Parfum", "Cologne", "Body Mist", "Scented Candle"),
        options=(("Volume", ("30 ml", "50 ml", "100 ml")),),
        attributes=(("Vegan", ("Yes", "No")), ("Season", ("Summer", "Three seasons", "Winter"))),
        cents=(1999, 14999), grams=(80, 400), tags=("beauty", "scent", "gift"),
        purpose="remembering a place",
    ),
    Kind(
        name="Hair Care", slug="hair-care", code="HAR",
        adjectives=("Nourishing", "Volume", "Gentle", "Repair", "Solid", "Curl"),
        nouns=("Shampoo", "Conditioner", "Hair Oil", "Hair Mask"),
        options=(("Volume", ("100 ml", "250 ml", "500 ml")),),
        attributes=(("Hair Type", ("Fine", "Normal", "Curly")), ("Vegan", ("Yes", "No"))),
        cents=(799, 3999), grams=(100, 600), tags=("beauty", "hair"),
        purpose="hair that does what it should",
    ),
)  # fmt: skip
_PAPER = (
    Kind(
        name="Notebooks", slug="notebooks", code="NTB",
        adjectives=("Dotted", "Lined", "Hardcover", "Pocket", "Refillable", "Sketch"),
        nouns=("Notebook", "Journal", "Sketchbook", "Memo Pad"),
        options=(("Color", ("Black", "Red", "Green", "Sand")),),
        attributes=(
            ("Material", ("Recycled paper", "Leather", "Cotton paper")),
            ("Format", ("A6", "A5", "A4")),
        ),
        cents=(599, 4999), grams=(90, 700), tags=("paper", "writing", "office"),
        purpose="thoughts that want to be kept",
    ),
    Kind(
        name="Pens", slug="pens", code="PEN",
        adjectives=("Fountain", "Gel", "Brass", "Everyday", "Fine", "Brush"),
        nouns=("Pen", "Pen Set", "Mechanical Pencil", "Marker Set"),
        options=(("Color", ("Black", "Blue", "Red")),),
        attributes=(("Material", ("Brass", "Aluminium", "Recycled plastic")),),
        cents=(399, 8999), grams=(15, 300), tags=("writing", "office", "gift"),
        purpose="letters, lists and signatures",
    ),
    Kind(
        name="Planners", slug="planners", code="PLN",
        adjectives=("Weekly", "Daily", "Academic", "Wall", "Undated", "Family"),
        nouns=("Planner", "Calendar", "Desk Pad", "Organiser"),
        options=(("Color", ("Black", "White", "Green")),),
        attributes=(
            ("Material", ("Recycled paper", "Leather", "Cotton paper")),
            ("Format", ("A6", "A5", "A4")),
        ),
        cents=(899, 5999), grams=(100, 900), tags=("paper", "office"),
        purpose="years with many appointments",
    ),
)  # fmt: skip

DEPARTMENTS: Final = (
    Department(
        name="Electronics",
        slug="electronics",
        description="Sound, pictures and power.",
        brands=("Northwind Audio", "Sora"),
        kinds=_ELECTRONICS,
    ),
    Department(
        name="Home & Kitchen",
        slug="home-kitchen",
        description="For every room.",
        brands=("Halden & Co", "Oakridge", "Lumora"),
        kinds=_HOME,
    ),
    Department(
        name="Clothing",
        slug="clothing",
        description="From head to toe.",
        brands=("Marlowe", "Verano"),
        kinds=_CLOTHING,
    ),
    Department(
        name="Sports & Outdoors",
        slug="sports-outdoors",
        description="Out of the house.",
        brands=("Kestrel", "Peakline"),
        kinds=_OUTDOORS,
    ),
    Department(
        name="Beauty & Care",
        slug="beauty-care",
        description="For skin and hair.",
        brands=("Tidewater", "Brightleaf"),
        kinds=_CARE,
    ),
    Department(
        name="Paper & Writing",
        slug="paper-writing",
        description="On paper.",
        brands=("Rivermill", "Brightleaf"),
        kinds=_PAPER,
    ),
)

KINDS: Final = tuple((department, kind) for department in DEPARTMENTS for kind in department.kinds)
