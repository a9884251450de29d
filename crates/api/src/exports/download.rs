//! `GET /exports/{id}/download`: the file, whole or in parts.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use app::exports::{self, Download};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::range::{self, Part};
use crate::access::CallerOf;
use crate::openapi::ItemErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Bytes that are read at once.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Fetch the file of an export
///
/// `Range` gives a part of it, so that a download can go on where it stopped; with `If-Range` and the ETag (the SHA-256
/// of the file) only if it is still the same file. `409 export_not_ready` while it is written, `410 export_gone` when
/// there is no file (any more). For the administrator who asked for it; for anybody else there is none.
#[utoipa::path(
    get,
    path = "/exports/{id}/download",
    tag = "exports",
    params(
        ("id" = String, Path, description = "The export's id.", example = "6741a2b0c3d4e5f601020304"),
        ("Range" = Option<String>, Header, description = "One range of bytes, for example `bytes=1048576-`."),
        ("If-Range" = Option<String>, Header, description = "The ETag of the file that the part must be of."),
    ),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/csv",
            headers(
                ("ETag" = String, description = "The SHA-256 of the file."),
                ("Content-Disposition" = String, description = "A name for the file."),
                ("Accept-Ranges" = String, description = "`bytes`."),
            ),
            example = json!("_id,user_id,calendar_id,title\r\n")),
        (status = 206, description = "A part of the file.", body = String, content_type = "text/csv",
            headers(("Content-Range" = String, description = "Which part, and the size of the whole.")),
            example = json!("_id,user_id")),
        (status = 409, description = "`export_not_ready`: The export is not written yet",
            body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "`export_gone`: The file of the export is gone",
            body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "`range_not_satisfiable`: The range lies behind the end of the file",
            body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        ItemErrors,
    )
)]
pub(crate) async fn download_export(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Download { file, size, sha256, name, media_type } = exports::open(&state.app, &caller, id).await?;
    let tag = format!("\"{sha256}\"");
    let part = range::wanted(&headers, size, &tag);
    let mut response = match &part {
        Part::Whole => body_of(file, 0..size)?,
        Part::Bytes(bytes) => {
            let mut response = body_of(file, bytes.clone())?;
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            response
        }
        Part::Unsatisfiable => {
            let detail = format!("the file has {size} bytes; ask for a part of them");
            Problem::new("range_not_satisfiable", detail).into_response()
        }
    };
    let to = response.headers_mut();
    if let Some(content_range) = range::content_range(&part, size) {
        to.insert(header::CONTENT_RANGE, content_range);
    }
    to.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if part != Part::Unsatisfiable {
        to.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        let disposition = format!("attachment; filename=\"{name}\"");
        for (header, value) in [(header::ETAG, tag), (header::CONTENT_DISPOSITION, disposition)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                to.insert(header, value);
            }
        }
    }
    Ok(response)
}

/// An answer with these bytes of the file, read as they are sent.
fn body_of(mut file: std::fs::File, bytes: Range<u64>) -> Result<Response, Problem> {
    let broken = |error: io::Error| {
        tracing::error!(%error, "the file of an export cannot be read");
        Problem::new("internal", "something is broken on the server; its log says what")
    };
    file.seek(SeekFrom::Start(bytes.start)).map_err(broken)?;
    let length = bytes.end.saturating_sub(bytes.start);
    let chunks = stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = Vec::new();
            let count = (&mut file).take(left.min(CHUNK_BYTES)).read_to_end(&mut chunk)?;
            Ok::<_, io::Error>((file, chunk, u64::try_from(count).unwrap_or_default()))
        });
        let (file, chunk, count) = read.await.map_err(io::Error::other)??;
        if count == 0 {
            // Fewer bytes than were promised: the connection ends, and the client sees that it has not got all.
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Some((Bytes::from(chunk), (file, left - count))))
    });
    let mut response = Body::from_stream(chunks).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}
