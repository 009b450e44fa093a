//! Files: uploaded as a parameter or to an address of their own, and downloaded from another.

use std::time::Duration;

use hyper::header::CONTENT_DISPOSITION;

use crate::answer::{Answer, Refusal, Timing, envelope, refused};
use crate::clock::Moment;
use crate::multipart::{self, Part};
use crate::portal::secret;
use crate::request::{Auth, Request};
use crate::rest::{Body, Caller, Reply, World};
use crate::state::File;
use crate::value::Value;

/// A request to an address that the portal gave out.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// The method is `upload` or `download`.
    pub(crate) request: Request,
    pub(crate) token: String,
    /// Whether the headers are those of a browser.
    pub(crate) headers: bool,
    pub(crate) content_type: String,
    pub(crate) body: hyper::body::Bytes,
}

/// What an address is for.
#[derive(Clone, Debug)]
pub(crate) enum Link {
    /// A folder, and the name for the file if one was given.
    Upload(i64, Option<String>),
    Download(i64),
}

/// The field of the form that holds the file.
const FIELD: &str = "file";

/// What a method can do without, whatever its page says: the page of one upload leaves out that a file can also be sent to an
/// address.
pub(crate) fn can_do_without(method: &str) -> &'static [&'static str] {
    if UPLOADS.contains(&method) {
        &["data", "fileContent"]
    } else {
        &[]
    }
}

const UPLOADS: [&str; 2] = ["disk.folder.uploadfile", "disk.storage.uploadfile"];

impl World {
    /// Runs a method, named in lower case; `None` if it has nothing to do with files.
    pub(crate) fn disk(&mut self, caller: &Caller, method: &str, params: &Value) -> Option<Answer> {
        let id = params.get("id").as_int().unwrap_or(0);
        if method == "disk.file.get" {
            return Some(self.file(caller, id).map(Into::into));
        }
        UPLOADS
            .contains(&method)
            .then(|| self.upload_file(caller, id, params).map(Into::into))
    }

    fn upload_file(&mut self, caller: &Caller, folder: i64, params: &Value) -> Result<Value, Refusal> {
        if folder < 1 {
            return Err(not_found(folder));
        }
        let name = params
            .get("data")
            .get("NAME")
            .to_text()
            .filter(|name| !name.is_empty());
        let content = params.get("fileContent");
        if content.is_nothing() {
            let url = self.link(caller, "upload", Link::Upload(folder, name));
            return Ok([("field", Value::from(FIELD)), ("uploadUrl", url.into())].into());
        }
        let content = match content {
            Value::Text(content) => content,
            _ => match content.get("1") {
                Value::Text(content) => content,
                _ => return not_saved("fileContent is a name and the content in Base64"),
            },
        };
        let Some(content) = base64(content) else {
            return not_saved("The content is not Base64");
        };
        let Some(name) = name else {
            return refused("DISK_BASE_SERVICE_22001", "The parameter NAME is missing");
        };
        let unique = !matches!(
            params.get("generateUniqueName").to_text().as_deref(),
            None | Some("" | "0" | "N" | "false")
        );
        let id = self.store(folder, name, content, unique)?;
        self.file(caller, id)
    }

    fn store(&mut self, folder: i64, name: String, content: Vec<u8>, unique: bool) -> Result<i64, Refusal> {
        let taken = |name: &str| {
            self.state
                .files
                .values()
                .any(|file| file.folder_id == folder && file.name == name)
        };
        let name = match taken(&name) {
            false => name,
            true if unique => {
                let (stem, end) = name
                    .rfind('.')
                    .map_or((name.as_str(), ""), |dot| name.split_at(dot));
                let mut names = (1..).map(|number: u32| format!("{stem} ({number}){end}"));
                names.find(|name| !taken(name)).unwrap_or_default()
            }
            true => return refused("DISK_OBJ_22000", "There is a file of this name"),
        };
        Ok(self.state.add_file(folder, name, content))
    }

    /// A file as methods show it.
    fn file(&mut self, caller: &Caller, id: i64) -> Result<Value, Refusal> {
        let file = self.state.files.get(&id).cloned().ok_or_else(|| not_found(id))?;
        let url = self.link(caller, "download", Link::Download(id));
        let date = Value::from(Moment::at(file.created, self.state.account.utc_offset_minutes).iso());
        let user = Value::from(self.state.user.id.to_string());
        Ok([
            ("ID", Value::from(id)),
            ("NAME", file.name.as_str().into()),
            ("CODE", Value::Null),
            ("STORAGE_ID", "1".into()),
            ("TYPE", "file".into()),
            ("PARENT_ID", file.folder_id.to_string().into()),
            ("DELETED_TYPE", 0.into()),
            ("GLOBAL_CONTENT_VERSION", 1.into()),
            ("FILE_ID", id.into()),
            ("SIZE", file.content.len().to_string().into()),
            ("CREATE_TIME", date.clone()),
            ("UPDATE_TIME", date),
            ("DELETE_TIME", Value::Null),
            ("CREATED_BY", user.clone()),
            ("UPDATED_BY", user),
            ("DELETED_BY", Value::Null),
            ("DOWNLOAD_URL", url.into()),
            (
                "DETAIL_URL",
                format!("{}/company/personal/disk/file/{}", self.origin, file.name).into(),
            ),
        ]
        .into())
    }

    /// An address. Whoever has it can act as the caller, as with the real ones: it holds the caller's credentials.
    fn link(&mut self, caller: &Caller, what: &str, link: Link) -> String {
        let new = || format!("disk|{}{}", secret(), secret());
        let token = match link {
            Link::Download(file) => self.downloads.entry(file).or_insert_with(new).clone(),
            Link::Upload(..) => new(),
        };
        let sent = token.replace('|', "%7C");
        self.links.insert(token, link);
        let origin = &self.origin;
        match &caller.auth {
            Auth::Webhook { user, code } => format!("{origin}/rest/{user}/{code}/{what}.json?token={sent}"),
            Auth::Token(auth) => format!("{origin}/rest/{what}.json?auth={auth}&token={sent}"),
            Auth::Nothing => format!("{origin}/rest/{what}.json?token={sent}"),
        }
    }

    /// Takes or gives a file. Faults meet this as a call of `upload` or `download`.
    pub(crate) fn transfer(&mut self, transfer: &Transfer) -> Reply {
        let request = &transfer.request;
        self.on_the_way(request, |world, call| {
            let start = world.clock.now();
            world.state.now = start;
            let reply = world.admit(request, start).and_then(|caller| {
                world.calls[call].ran = true;
                match request.method.eq_ignore_ascii_case("upload") {
                    true => world.receive_file(&caller, transfer, start),
                    false => world.send_file(transfer),
                }
            });
            reply.unwrap_or_else(|refusal| Reply::refusal(request.api, &refusal))
        })
    }

    fn receive_file(
        &mut self,
        caller: &Caller,
        transfer: &Transfer,
        start: Duration,
    ) -> Result<Reply, Refusal> {
        let Some(Link::Upload(folder, name)) = self.links.get(&transfer.token).cloned() else {
            return wrong_token();
        };
        let parts = multipart::parts(&transfer.content_type, &transfer.body);
        let parts =
            parts.map_err(|why| Refusal::new(400, "INVALID_BODY", format!("the multipart body {why}")))?;
        let Some(Part {
            file_name: Some(file_name),
            content,
            ..
        }) = parts
            .into_iter()
            .find(|part| part.name == FIELD && part.file_name.is_some())
        else {
            return not_saved("There is no file in the form");
        };
        let id = self.store(folder, name.unwrap_or(file_name), content.to_vec(), false)?;
        let file = self.file(caller, id)?;
        let timing = Timing {
            finish: self.clock.now(),
            ..Timing::none(start)
        };
        let time = timing.block(self.state.account.utc_offset_minutes);
        Ok(Reply::new(200, Body::Json(envelope(file.into(), time))))
    }

    fn send_file(&mut self, transfer: &Transfer) -> Result<Reply, Refusal> {
        let Some(Link::Download(id)) = self.links.get(&transfer.token).cloned() else {
            return wrong_token();
        };
        let File { name, content, .. } = self.state.files.get(&id).ok_or_else(|| not_found(id))?;
        let (status, body) = match transfer.headers {
            true => (200, Body::File(content.clone())),
            false => (404, Body::Html(NGINX_404)),
        };
        Ok(Reply {
            header: Some((CONTENT_DISPOSITION, attachment(name))),
            ..Reply::new(status, body)
        })
    }
}

/// What a download gets that does not look like one of a browser. The file's name stands in the headers all the same.
const NGINX_404: &str = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>";

fn attachment(name: &str) -> String {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let name: String = name.bytes().map(escape).collect();
    format!("attachment; filename*=utf-8''{name}")
}

fn not_found(id: i64) -> Refusal {
    Refusal::new(
        400,
        "ERROR_NOT_FOUND",
        format!("Could not find entity with id `{id}`"),
    )
}

fn not_saved<T>(why: &str) -> Result<T, Refusal> {
    refused("ERROR_COULD_NOT_SAVE_FILE", why)
}

fn wrong_token<T>() -> Result<T, Refusal> {
    Err(Refusal::new(
        403,
        "INVALID_TOKEN",
        "This address is not, or no longer, one to use",
    ))
}

/// What is encoded; nothing if it is not Base64.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let digit = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let bits = group
            .iter()
            .try_fold(0, |bits, byte| Some(bits << 6 | digit(byte)?))?;
        let [_, bytes @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        out.extend(
            &bytes[..match group.len() {
                4 => 3,
                3 => 2,
                2 => 1,
                // One digit is less than a byte.
                _ => return None,
            }],
        );
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("TQ==", Some(b"M")),
            ("TWE=", Some(b"Ma")),
            ("TWFu", Some(b"Man")),
            ("TWFuTQ", Some(b"ManM")),
            ("//79+w==", Some(b"\xff\xfe\xfd\xfb")),
            ("TWFuT", None),
            ("TW u", None),
            ("T=Fu", None),
        ] {
            assert_eq!(base64(text).as_deref(), bytes, "{text}");
        }
    }
}
