#!/usr/bin/python3
"""Parses the mails of write_sample_mails with Python's email package and compares what they decode to."""
import email
import email.policy
import html.parser
import pathlib
import struct
import subprocess
import sys
import tempfile

ALLOWED_TAGS = {"html", "head", "meta", "title", "body", "table", "tr", "td", "div", "span", "p", "b", "h2", "ol", "li",
                "br", "code", "h1", "h3", "th", "style", "img"}


class Page(html.parser.HTMLParser):
    """Collects what would be shown, and refuses what should not be there."""

    def __init__(self):
        super().__init__()
        self.text = ""
        self.pictures = []  # what is named by src

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED_TAGS, f"tag <{tag}>"
        for name, value in attrs:
            assert name in {"style", "class", "role", "src", "alt", "width", "cellpadding", "cellspacing", "align", "charset", "name", "content", "lang"}, name
            assert name != "style" or "url(" not in value, value
            if name == "src":
                self.pictures.append(value)

    def handle_comment(self, data):
        raise AssertionError("a comment")

    def handle_data(self, data):
        self.text += data


def check_png(png):
    """1200 by 400 pixels, and not all of one color: a picture that compresses to nothing shows nothing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", png[16:24]) == (1200, 400), png[:24]
    assert 3_000 < len(png) < 60_000, len(png)


def check(stem):
    raw = stem.with_suffix(".eml").read_bytes()
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 78 and b"\n" not in raw.replace(b"\r\n", b""), "line ends or lengths"
    head = raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 78 for line in head), "header line longer than 78"
    assert all(line.strip() for line in head), "blank header line"

    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert not message.defects, message.defects
    names = [name.lower() for name in message.keys()]
    assert len(names) == len(set(names)), names
    assert set(names) == {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
                          "x-auto-response-suppress", "x-docker-anomalies-incident", "mime-version", "content-type"}
    assert message["from"].addresses[0].display_name == "D\u00e9tecteur"
    assert [a.addr_spec for a in message["to"].addresses] == ["ops@example.org", "b@example.org"]
    assert message["to"].addresses[0].display_name == "Ops, night"
    assert message["message-id"] == "<inc-6b1f0c2ad94e7788.2@example.org>"
    assert message["date"].datetime.isoformat() == "2026-11-24T03:12:09+00:00"
    subject = stem.with_suffix(".subject").read_text()
    assert " ".join(message["subject"].split()) == " ".join(subject.split()), message["subject"]

    assert message.get_content_type() == "multipart/mixed"
    body, attachment = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    parts = list(body.iter_parts())
    related = list(parts[1].iter_parts())
    assert [part.get_content_type() for part in related[1:]] == ["image/png"] * len(related[1:])
    for picture in related[1:]:
        assert picture.get_content_disposition() == "inline" and not picture.defects, picture.defects
        check_png(picture.get_payload(decode=True))
    parts[1:] = related[:1] or parts[1:]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert (attachment.get_content_type(), attachment.get_content_disposition()) == ("application/json", "attachment")
    assert attachment.get_filename() == "inc-6b1f0c2ad94e7788.2.json" and not attachment.defects, attachment.defects
    assert attachment.get_payload(decode=True) == stem.with_suffix(".json").read_bytes()
    for part, suffix in zip(parts, (".txt", ".html")):
        assert not part.defects, part.defects
        expected = stem.with_suffix(suffix).read_text()
        assert part.get_content().replace("\r\n", "\n").rstrip("\n") == expected.rstrip("\n"), f"{stem}{suffix} differs"
    page = Page()
    page.feed(parts[1].get_content())
    page.close()
    assert page.text.strip(), "an empty page"
    assert page.pictures == [f"cid:{picture['content-id'][1:-1]}" for picture in related[1:]], page.pictures


def main():
    with tempfile.TemporaryDirectory() as directory:
        count = int(subprocess.run([sys.argv[1], directory], check=True, capture_output=True).stdout)
        assert count > 10, count
        for number in range(count):
            check(pathlib.Path(directory) / str(number))
    print(f"{count} mails are well-formed")


main()
