//! Documents held against keys.

use schema::{Default, Document, Key, Kind};

schema::choice! {
    /// How.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Colour {
        /// As blood.
        Red = "red",
        /// As the sky
        /// at noon.
        Blue = "blue",
    }
}

schema::section! {
    /// A section.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Paint {
        /// Which one.
        pub colour: Colour = Colour::Blue, "" => [] "here";
        /// Thickness.
        pub coats: u8 = 2, "coats" => ["A", "B"] "here";
        /// From where to where.
        pub range: Option<[u8; 2]> = Some([1, 9]), "metres" => [] "here";
    }
}

schema::record! {
    /// A wall.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Wall {
        /// What it is called.
        pub name: String, "" => [] "here";
        /// Its own paint.
        pub paint: Option<Paint> = default;
    }
}

schema::record! {
    /// A house.
    #[derive(Debug, Clone, PartialEq)]
    pub struct House {
        /// All walls.
        pub walls as "wall": Vec<Wall> = default;
        /// Of every wall without its own.
        pub paint: Paint = default;
    }
}

fn key(path: &str) -> Key {
    let all = schema::keys::<House>();
    all.into_iter()
        .find(|key| key.path == path)
        .unwrap_or_else(|| panic!("{path}"))
}

#[test]
fn keys_say_what_the_struct_says() {
    let paths: Vec<String> = schema::keys::<House>().into_iter().map(|key| key.path).collect();
    let wanted = [
        "",
        "wall",
        "wall[].name",
        "wall[].paint",
        "wall[].paint.colour",
        "wall[].paint.coats",
        "wall[].paint.range",
        "paint",
        "paint.colour",
        "paint.coats",
        "paint.range",
    ];
    assert_eq!(paths, wanted);
    assert_eq!(
        (key("wall").kind, key("paint").kind),
        (Kind::Sections, Kind::Section)
    );
    let name = key("wall[].name");
    assert_eq!(
        (name.default, name.what.as_str()),
        (Default::Required, "What it is called.")
    );
    let coats = key("paint.coats");
    assert_eq!(
        (coats.default, coats.of.as_str()),
        (Default::Is("2".into()), "integer, 0 to 255")
    );
    assert_eq!((coats.unit, coats.registers), ("coats", &["A", "B"][..]));
    let colour = key("wall[].paint.colour");
    assert_eq!(colour.default, Default::Is("\"blue\"".into()));
    assert_eq!(colour.choices[1], ("blue", " As the sky at noon."));
    assert_eq!(key("paint.range").default, Default::Is("[1, 9]".into()));
    assert_eq!(key("").names, ["wall", "paint"]);
    assert_eq!(schema::fields::<u8>(), [""; 0]);
    let house: House = toml::from_str("[[wall]]\nname = \"north\"\n").unwrap();
    assert_eq!((house.walls.len(), house.paint.coats), (1, 2));
}

fn found(text: &str) -> Vec<String> {
    let keys = schema::keys::<House>();
    let found = match Document::parse(text) {
        Ok(document) => document.check(&keys),
        Err(found) => found,
    };
    found
        .into_iter()
        .map(|f| {
            format!(
                "{}:{} {}: {}; {}",
                f.at.line, f.at.column, f.path, f.message, f.remedy
            )
        })
        .collect()
}

#[test]
fn what_does_not_fit_has_its_place() {
    for (text, wanted) in [
        ("", ""),
        (
            "wall = [{ name = \"north\" }, { nam = \"south\" }]",
            "1:31 wall[1].nam: unknown key `nam`; did you mean `name`?|1:29 wall[1].name: `name` is missing; give text",
        ),
        (
            "wall = 3",
            "1:8 wall: expected any number of sections, found an integer; write [[wall]] on a line of its own",
        ),
        (
            "paint = true",
            "1:9 paint: expected a section, found true or false; write [paint] on a line of its own",
        ),
        (
            "\n[paint]\nwidth = 1",
            "3:1 paint.width: unknown key `width`; known here: colour, coats, range",
        ),
        (
            "[paint]\ncoats = 256",
            "2:9 paint.coats: invalid value: integer `256`, expected u8; write integer, 0 to 255, coats; the default is 2",
        ),
        (
            "[[wall]]\nname = \"a\"\npaint.colour = \"grey\"",
            "3:16 wall[0].paint.colour: unknown variant `grey`, expected `red` or `blue`; write \"red\" or \"blue\"; the default is \"blue\"",
        ),
    ] {
        assert_eq!(found(text).join("|"), wanted, "{text}");
    }
    assert_eq!(found("[paint]\ncoats = \nrange = \n").len(), 2);
}

#[test]
fn places_are_those_of_the_document() {
    let text = "[paint]\ncoats = 1\n[[wall]]\nname = \"é\"\n[[wall]]\nname = \"b\"\n";
    let document = Document::parse(text).unwrap();
    let at = |path: &str| (document.at(path).line, document.at(path).column);
    assert_eq!((at("paint.coats"), at("wall[1].name")), ((2, 9), (6, 8)));
    // What is not there is where its section is.
    assert_eq!(
        (at("paint.range"), at("wall[1].paint.coats"), at("wall[7]")),
        ((1, 1), (5, 1), (1, 1))
    );
    assert_eq!(at("no"), (1, 1));
    assert_eq!(schema::plain("a[12].b2"), "a[].b2");
    assert_eq!(
        (schema::distance("tick", "tik"), schema::distance("", "abc")),
        (1, 3)
    );
}
