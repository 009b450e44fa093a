//! What the lenient reading costs: one page of a list, 50 rows of 50 fields, through a type as generated code has it and
//! through a struct of the same fields that derives serde's `Deserialize`. Prints the ratio; nothing fails.
//!
//! `cargo bench -p bitrix24-types`

use std::hint::black_box;
use std::time::{Duration, Instant};

use bitrix24_types::{Answer, Decode, Map, Value, object, read};
use serde::Deserialize;

/// Both structs, and the JSON of a row that fits both.
macro_rules! rows {
    ($(numbers $($number:ident $number_name:literal)+;)? texts $($text:ident $text_name:literal)+;) => {
        object! {
            /// A row as generated code has it.
            pub struct Lenient {
                $($($number: Option<i64> = $number_name;)+)?
                $($text: Option<String> = $text_name;)+
            }
        }

        /// The same by hand.
        #[derive(Debug, Default, Deserialize, PartialEq)]
        struct Strict {
            $($(#[serde(rename = $number_name)] $number: Option<i64>,)+)?
            $(#[serde(rename = $text_name)] $text: Option<String>,)+
        }

        fn row(index: i64) -> serde_json::Map<String, Value> {
            let mut place = 0;
            let mut row = serde_json::Map::new();
            $($(
                place += 1;
                row.insert($number_name.to_owned(), (index * 1000 + place).into());
            )+)?
            $(
                place += 1;
                row.insert($text_name.to_owned(), format!("the text of field {place} in row {index}").into());
            )+
            row
        }

        /// The JSON of a row, its keys in the order of the fields, as the server sends them.
        fn json(index: i64) -> String {
            let row = row(index);
            let mut fields = Vec::new();
            $($(fields.push(format!("{:?}:{}", $number_name, row[$number_name]));)+)?
            $(fields.push(format!("{:?}:{}", $text_name, row[$text_name]));)+
            format!("{{{}}}", fields.join(","))
        }

        fn same(lenient: &Lenient, strict: &Strict) -> bool {
            $($(lenient.$number == strict.$number &&)+)? $(lenient.$text == strict.$text &&)+ true
        }
    };
}

rows! {
    numbers
        f01 "ID" f02 "CREATED_BY_ID" f03 "MODIFY_BY_ID" f04 "ASSIGNED_BY_ID" f05 "COMPANY_ID"
        f06 "CONTACT_ID" f07 "LEAD_ID" f08 "CATEGORY_ID" f09 "STAGE_SORT" f10 "PROBABILITY"
        f11 "MOVED_BY_ID" f12 "LOCATION_ID" f13 "QUOTE_ID" f14 "SITE_ID" f15 "FOLDER_ID"
        f16 "PARENT_ID" f17 "TEMPLATE_ID" f18 "VIEWS" f19 "SORT" f20 "VERSION";
    texts
        f21 "TITLE" f22 "TYPE" f23 "STAGE" f24 "CURRENCY" f25 "COMMENTS" f26 "ADDITIONAL_INFO"
        f27 "ORIGINATOR" f28 "ORIGIN" f29 "CODE" f30 "XML_ID" f31 "DESCRIPTION" f32 "SOURCE"
        f33 "SOURCE_DESCRIPTION" f34 "UTM_SOURCE" f35 "UTM_MEDIUM" f36 "UTM_CAMPAIGN" f37 "UTM_CONTENT"
        f38 "UTM_TERM" f39 "DOMAIN" f40 "PATH" f41 "NAME" f42 "LAST_NAME" f43 "SECOND_NAME" f44 "ADDRESS"
        f45 "CITY" f46 "REGION" f47 "PROVINCE" f48 "COUNTRY" f49 "POSTAL_CODE" f50 "HONORIFIC";
}

#[derive(Deserialize)]
struct Envelope {
    result: Vec<Strict>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    next: Option<u64>,
    time: Map<Value>,
}

fn lenient<T: Decode>(body: &[u8]) -> Vec<T> {
    match read::<Vec<T>>(body) {
        Ok(Answer::Success(response)) => response.result,
        other => panic!("not a success: {:?}", other.map(|_| ())),
    }
}

fn strict(body: &[u8]) -> Vec<Strict> {
    let envelope: Envelope = serde_json::from_slice(body).expect("the body fits");
    black_box((envelope.total, envelope.next, envelope.time));
    envelope.result
}

fn body(rows: impl Iterator<Item = String>) -> Vec<u8> {
    let rows: Vec<_> = rows.collect();
    let time = r#"{"start":1742000000.12,"finish":1742000000.52,"duration":0.4,"processing":0.3,"date_start":"2025-03-15T03:53:20+03:00","date_finish":"2025-03-15T03:53:20+03:00","operating_reset_at":1742000600,"operating":0.3}"#;
    format!(
        r#"{{"result":[{}],"total":2400000,"next":50,"time":{time}}}"#,
        rows.join(",")
    )
    .into_bytes()
}

fn time(mut read: impl FnMut()) -> Duration {
    const TIMES: u32 = 50;
    let start = Instant::now();
    for _ in 0..TIMES {
        read();
    }
    start.elapsed() / TIMES
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// In turns, so that what else the machine does falls on both.
fn compare(name: &str, body: &[u8]) {
    let (mut ours, mut serdes) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        ours.push(time(|| drop(black_box(lenient::<Lenient>(black_box(body))))));
        serdes.push(time(|| drop(black_box(strict(black_box(body))))));
    }
    let (ours, serdes) = (median(ours), median(serdes));
    let ratio = ours.as_secs_f64() / serdes.as_secs_f64();
    println!(
        "{name}: {ours:?} against {serdes:?} by derive: {ratio:.2} times ({} kB)",
        body.len() / 1024
    );
}

fn main() {
    let in_order = body((0..50).map(json));
    let pairs = lenient::<Lenient>(&in_order);
    assert!(pairs.iter().zip(strict(&in_order)).all(|(a, b)| same(a, &b)));

    // `Value` sorts the keys of its objects, which is as good as any other order.
    let shuffled = body((0..50).map(|index| Value::Object(row(index)).to_string()));

    compare("in the order of the fields", &in_order);
    compare("in another order", &shuffled);
}
