use super::*;
use proptest::prelude::*;

#[test]
fn fields_lie_one_behind_the_other() {
    for (kind, fixed, fields) in REQUEST_FIELDS.iter().chain(RESPONSE_FIELDS) {
        let end = fields.iter().fold(1, |at, (name, offset, width)| {
            assert_eq!(at, *offset, "{} {name}", char::from(*kind));
            at + width
        });
        assert_eq!(end, *fixed, "{}", char::from(*kind));
    }
}

/// Type and bytes in front of the appendage length, of a second reading of the specification.
#[test]
fn fixed_parts_agree_with_a_second_list() {
    let lists = [
        (REQUEST_FIELDS, "O45 U38 X9 M10 C17 D9 E9 Q1"),
        (
            RESPONSE_FIELDS,
            "S10 A62 U66 C18 D32 E34 B36 J29 P13 I13 T30 M18 R14 X25 G17 K17 Q13",
        ),
    ];
    for (table, list) in lists {
        let read: Vec<_> = table
            .iter()
            .map(|(kind, fixed, _)| format!("{}{fixed}", char::from(*kind)))
            .collect();
        assert_eq!(read.join(" "), list);
    }
    let options: Vec<_> = OPTIONS
        .iter()
        .map(|(tag, _, width)| format!("{tag}:{width}"))
        .collect();
    assert_eq!(
        options.join(" "),
        "1:8 2:4 3:4 4:1 5:4 6:1 7:4 9:8 10:1 11:4 12:1 13:4 14:4 15:4 16:1 17:1 18:1 22:4 23:8 24:2 25:1 26:4 \
         27:1 28:1 29:1 30:2"
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

const ORDER: EnterOrder = EnterOrder {
    user_ref: 0x0102_0304,
    side: b'B',
    quantity: 100,
    symbol: *b"AAPL    ",
    price: 1_234_500,
    time_in_force: b'0',
    display: b'Y',
    capacity: b'P',
    iso: b'N',
    cross_type: b'N',
    cl_ord_id: *b"TICKFORGE00001",
};

#[test]
fn an_enter_order_is_the_specifications_47_bytes() {
    let mut bytes = [0xa5; 50];
    assert_eq!(ORDER.emit(&mut bytes), 47);
    let expected = b"O\x01\x02\x03\x04B\0\0\0\x64AAPL    \0\0\0\0\0\x12\xd6\x440YPNNTICKFORGE00001\0\0";
    assert_eq!(bytes[..47], expected[..]);
    let view = EnterOrderView::new_checked(&bytes[..47]).unwrap();
    assert_eq!((EnterOrder::parse(&view), view.appendage()), (ORDER, &[][..]));
}

#[test]
fn requests_on_the_wire() {
    let none = Appendage::new();
    let replace = ReplaceOrder {
        orig_user_ref: 1,
        user_ref: 2,
        quantity: 500,
        price: 1_503_500,
        time_in_force: b'6',
        display: b'A',
        iso: b'N',
        cl_ord_id: *b"REPL-2        ",
    };
    let cases: [(Request, Appendage, &str); 4] = [
        (
            replace.into(),
            none.clone()
                .with(Opt::ExpireTime(3600))
                .with(Opt::SharesLocated(b'N')),
            "55 00000001 00000002 000001f4 000000000016f10c 36 41 4e 5245504c2d32 2020202020202020 \
             0009 050f00000e10 02194e",
        ),
        (
            CancelOrder {
                user_ref: 7,
                quantity: 0x0001_0002,
            }
            .into(),
            none.clone(),
            "58 00000007 00010002",
        ),
        (
            CancelOrder {
                user_ref: 77,
                quantity: 25,
            }
            .into(),
            none.clone().with(Opt::UserRefIdx(7)),
            "58 0000004d 00000019 0003 021c07",
        ),
        (
            ModifyOrder {
                user_ref: 3,
                side: b'T',
                quantity: 50,
            }
            .into(),
            none.with(Opt::LocateBroker(*b"LCTB")),
            "4d 00000003 54 00000032 0006 051a4c435442",
        ),
    ];
    same_requests(&cases);
}

#[test]
fn requests_of_a_firm_on_the_wire() {
    let none = Appendage::new();
    let cases: [(Request, Appendage, &str); 4] = [
        (
            MassCancel {
                user_ref: 10,
                firm: *b"FIRM",
                symbol: [b' '; 8],
            }
            .into(),
            none.clone().with(Opt::GroupId(7)).with(Opt::Side(b'S')),
            "43 0000000a 4649524d 2020202020202020 0007 03180007 021b53",
        ),
        (
            DisableOrderEntry {
                user_ref: 11,
                firm: *b"FRMA",
            }
            .into(),
            none.clone(),
            "44 0000000b 46524d41 0000",
        ),
        (
            EnableOrderEntry {
                user_ref: 12,
                firm: *b"FRMA",
            }
            .into(),
            none.clone().with(Opt::UserRefIdx(1)),
            "45 0000000c 46524d41 0003 021c01",
        ),
        (AccountQuery {}.into(), none, "51"),
    ];
    same_requests(&cases);
}

fn same_requests(cases: &[(Request, Appendage, &str)]) {
    for (message, appendage, expected) in cases {
        let bytes = message.to_vec(appendage);
        assert_eq!(bytes, hex(expected), "{message:?}");
        let (read, options) = Request::parse(&bytes).unwrap();
        assert_eq!(read, *message);
        let again = options.fold(Appendage::new(), |all, option| all.with(option.unwrap()));
        assert_eq!(again, *appendage);
    }
}

const TIME: u64 = 0x1f1a_7ce8_d07b;

#[test]
fn responses_on_the_wire() {
    let cases: [(Response, &str); 4] = [
        (
            SystemEvent {
                timestamp_ns: TIME,
                event: b'S',
            }
            .into(),
            "53 time 53",
        ),
        (
            Canceled {
                timestamp_ns: TIME,
                user_ref: 2,
                quantity: 100,
                reason: b'U',
            }
            .into(),
            "43 time 00000002 00000064 55",
        ),
        (
            AiqCanceled {
                timestamp_ns: TIME,
                user_ref: 4,
                quantity: 100,
                reason: b'Q',
                prevented: 60,
                price: 1_503_400,
                liquidity: b'R',
                strategy: b'O',
            }
            .into(),
            "44 time 00000004 00000064 51 0000003c 000000000016f0a8 52 4f",
        ),
        (
            Executed {
                timestamp_ns: TIME,
                user_ref: 1,
                quantity: 100,
                price: 1_503_400,
                liquidity: b'A',
                match_number: 987_654_321,
            }
            .into(),
            "45 time 00000001 00000064 000000000016f0a8 41 000000003ade68b1 0000",
        ),
    ];
    same_responses(&cases);
}

#[test]
fn responses_about_an_order_on_the_wire() {
    let cases: [(Response, &str); 3] = [
        (
            Broken {
                timestamp_ns: TIME,
                user_ref: 1,
                match_number: 987_654_321,
                reason: b'E',
                cl_ord_id: *b"CLORD1        ",
            }
            .into(),
            "42 time 00000001 000000003ade68b1 45 434c4f524431 2020202020202020",
        ),
        (
            PriorityUpdate {
                timestamp_ns: TIME,
                user_ref: 7,
                price: 1_503_300,
                display: b'Y',
                order_reference: 555,
            }
            .into(),
            "54 time 00000007 000000000016f044 59 000000000000022b",
        ),
        (
            Restated {
                timestamp_ns: TIME,
                user_ref: 8,
                reason: b'R',
            }
            .into(),
            "52 time 00000008 52 0000",
        ),
    ];
    same_responses(&cases);
}

#[test]
fn responses_to_the_port_on_the_wire() {
    let cases: [(Response, &str); 3] = [
        (
            MassCancelResponse {
                timestamp_ns: TIME,
                user_ref: 10,
                firm: *b"FIRM",
                symbol: *b"MSFT    ",
            }
            .into(),
            "58 time 0000000a 4649524d 4d53465420202020 0000",
        ),
        (
            CancelReject {
                timestamp_ns: TIME,
                user_ref: 6,
            }
            .into(),
            "49 time 00000006",
        ),
        (
            AccountQueryResponse {
                timestamp_ns: TIME,
                next_user_ref: 13,
            }
            .into(),
            "51 time 0000000d",
        ),
    ];
    same_responses(&cases);
}

fn same_responses(cases: &[(Response, &str)]) {
    for (message, expected) in cases {
        let bytes = message.to_vec(&Appendage::new());
        let expected = expected.replace("time", "00001f1a7ce8d07b");
        assert_eq!(bytes, hex(&expected), "{message:?}");
        assert_eq!(Response::parse(&bytes).unwrap(), (*message, Options::default()));
    }
}

#[test]
fn lengths_and_types_are_checked() {
    let mut bytes = [0; 36];
    bytes[0] = b'J';
    // Without the appendage length, with an empty appendage, with one of five bytes.
    for (length, appendage, good) in [
        (29, 0, true),
        (31, 0, true),
        (36, 5, true),
        (30, 0, false),
        (36, 4, false),
        (28, 0, false),
    ] {
        bytes[30] = appendage;
        let got = RejectedView::new_checked(&bytes[..length]);
        assert_eq!(got.is_ok(), good, "{length} bytes, appendage {appendage}");
        if let Ok(view) = got {
            assert_eq!(view.appendage().len(), usize::from(appendage));
        }
    }
    assert!(matches!(
        CanceledView::new_checked(&bytes),
        Err(WireError::OuchType {
            expected: b'C',
            actual: b'J'
        })
    ));
    assert!(matches!(
        RejectedView::new_checked(&[]),
        Err(WireError::TooShort { .. })
    ));
    assert!(matches!(Request::parse(b"J"), Err(WireError::OuchKind(b'J'))));
    assert!(matches!(Response::parse(b"O"), Err(WireError::OuchKind(b'O'))));
}

#[test]
fn options_that_do_not_fit_are_errors() {
    fn read(bytes: &[u8]) -> Vec<Result<Opt, WireError>> {
        Options::new(bytes).collect()
    }
    assert_eq!(
        read(&hex("021c05 050300")),
        [
            Ok(Opt::UserRefIdx(5)),
            Err(WireError::OuchOptionLength {
                offset: 3,
                length: 5,
                available: 2
            })
        ]
    );
    assert_eq!(
        read(&hex("0308ffff 021a41 020c50")),
        [
            Err(WireError::OuchOption { tag: 8, width: 2 }),
            Err(WireError::OuchOption { tag: 26, width: 1 }),
            Ok(Opt::PostOnly(b'P'))
        ]
    );
    assert_eq!(
        read(&[0, 1]),
        [Err(WireError::OuchOptionLength {
            offset: 0,
            length: 0,
            available: 1
        })]
    );
    assert_eq!(Options::new(&hex("05070000ff00 021c09")).user_ref_idx(), 9);
}

proptest! {
    /// Every type of both directions, with any field values and any options, comes out as it went in.
    #[test]
    fn bytes_to_message_to_bytes(index in 0..25_usize, body in any::<[u8; 66]>(), values in any::<[u8; 8]>(), chosen in any::<[bool; 26]>()) {
        let (kind, fixed, _) = REQUEST_FIELDS.iter().chain(RESPONSE_FIELDS).nth(index).unwrap();
        let mut options = Vec::new();
        for ((tag, _, width), _) in OPTIONS.iter().zip(chosen).filter(|(_, chosen)| *chosen) {
            options.push(u8::try_from(width + 1).unwrap());
            options.push(*tag);
            options.extend_from_slice(&values[..*width]);
        }
        let mut bytes = body[..*fixed].to_vec();
        bytes[0] = *kind;
        let bare = *kind == b'S' && index >= REQUEST_FIELDS.len();
        let has = !(bare || options.is_empty());
        if has {
            bytes.extend_from_slice(&u16::try_from(options.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(&options);
        }
        let collect = |all: Options<'_>| all.fold(Appendage::new(), |list, option| list.with(option.unwrap()));
        let mut again = if index < REQUEST_FIELDS.len() {
            let (message, all) = Request::parse(&bytes).unwrap();
            message.to_vec(&collect(all))
        } else {
            let (message, all) = Response::parse(&bytes).unwrap();
            message.to_vec(&collect(all))
        };
        if !has && again.len() == fixed + APPENDAGE_LEN {
            prop_assert_eq!(&again[*fixed..], &[0, 0]);
            again.truncate(*fixed);
        }
        prop_assert_eq!(again, bytes);
    }

    #[test]
    fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Ok((_, options)) = Request::parse(&bytes) {
            prop_assert!(options.count() <= bytes.len());
        }
        if let Ok((_, options)) = Response::parse(&bytes) {
            prop_assert!(options.count() <= bytes.len());
        }
    }

    #[test]
    fn damaged_messages_never_panic(at in 0..67_usize, value: u8, cut in 0..70_usize) {
        let mut bytes = ORDER.to_vec(&Appendage::new().with(Opt::Firm(*b"LIME")).with(Opt::UserRefIdx(3)));
        let end = bytes.len();
        bytes[at % end] = value;
        bytes.truncate(cut);
        if let Ok((message, options)) = Request::parse(&bytes) {
            prop_assert!(options.count() <= 56);
            prop_assert_eq!(message.kind(), bytes[0]);
        }
    }
}
