//! Files, sent and fetched as streams: memory stays flat, however large they are.
//!
//! Small files can go inside a request, as [`types::File`](crate::types::File); [`read`] makes one of a path. Larger ones are
//! [uploaded](crate::Client::upload) to an address that the portal gives out, and [downloaded](crate::Client::download) from
//! one. These addresses are secrets, for whoever has one has the file: [`SecretUrl`](crate::types::SecretUrl) does not show
//! what it holds.
//!
//! ```
//! # #[cfg(feature = "disk")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bitrix24_portal::Portal;
//! use bitrix24_transport::{Client, files::Upload, types::disk::folder::UploadFile};
//!
//! let portal = Portal::builder().start().await?;
//! let client = Client::webhook(&portal.webhook_url())?;
//!
//! let report = Upload::bytes("report.txt", "All is well.").progress(|sent, total| println!("{sent} of {total}"));
//! let file = client.upload(UploadFile::new(7), report).await?.result;
//!
//! let mut download = client.download(&file.download_url.expect("a file has an address")).await?;
//! while let Some(chunk) = download.chunk().await? {
//!     assert_eq!(chunk, "All is well.");
//! }
//! # Ok(()) }
//! # #[cfg(not(feature = "disk"))]
//! # fn main() {}
//! ```

mod download;
mod form;
mod upload;

use std::{io, path::Path};

use bitrix24_types::File;
use url::Url;

pub use self::{
    download::{Download, DownloadCall},
    upload::{Upload, UploadCall},
};
use crate::{address::is_cloud_host, auth::Here, error::Error, send::Redirects};

/// Reads a file that goes inside a request, in the form that most methods want: its name and its content. It is held in
/// memory, and again a third larger as base64: [upload](crate::Client::upload) what is large.
pub async fn read(path: impl AsRef<Path>) -> io::Result<File> {
    let content = tokio::fs::read(&path).await?;
    Ok(File::named(name_of(path.as_ref())?, &content))
}

/// The last step of a path. For the blocking facade as well.
#[doc(hidden)]
pub fn name_of(path: &Path) -> io::Result<String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path has no file name at its end",
        )
    })
}

/// The address of a file as a URL. The portal leaves its own name out at times.
fn url_at(portal: &Here, address: &str) -> Result<Url, Error> {
    let wrong = || Error::config("the address of the file is no URL");
    let url = portal.join("").join(address).map_err(|_| wrong())?;
    let own = is_own(portal, &url);
    if url.scheme() == "https" || (own && url.scheme() == "http") {
        Ok(url)
    } else {
        Err(Error::config("the address of the file is not https"))
    }
}

/// Whether a URL leads to the portal itself.
fn is_own(portal: &Here, url: &Url) -> bool {
    portal.join("").origin() == url.origin()
}

/// Whether a file may be sent there: to the portal, to another host of the cloud if it is in the cloud, or to one that the
/// program trusts.
fn may_go(portal: &Here, redirects: &Redirects, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let in_the_cloud = portal.is_cloud() && is_cloud_host(host) && url.port().is_none();
    let trusted = redirects
        .hosts
        .iter()
        .any(|trusted| trusted.eq_ignore_ascii_case(host));
    is_own(portal, url) || in_the_cloud || trusted
}
