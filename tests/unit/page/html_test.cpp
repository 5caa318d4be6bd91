#include "analyzer/page/html.h"

#include <catch2/catch.hpp>

#include "analyzer/page/assets.h"

using namespace da;

SCENARIO("whatever is put into a template is escaped, unless it is markup") {
  CHECK(html("<td title=\"{}\">{}</td>", "\"'><script>", 17).text ==
        "<td title=\"&quot;&#39;&gt;&lt;script&gt;\">17</td>");
  CHECK(html("<p>{}</p>", html("<b>{}</b>", "a&b")).text == "<p><b>a&amp;b</b></p>");
}

SCENARIO("bytes that are no printable ASCII are shown as what they are") {
  const std::string text = html("{}", "a\xe2\x80\xae\x1b[2J").text;
  CHECK(text.find("\xe2") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\\x1b[2J") != std::string::npos);
}

SCENARIO("a name in a path or a query cannot leave its place") {
  CHECK(url_text("a/b?c=\"d\"\n%") == "a%2Fb%3Fc%3D%22d%22%0A%25");
  CHECK(url_text("profile-1.2_~") == "profile-1.2_~");
}

SCENARIO("the page's files are in the binary, as they are in the tree") {
  for (const char* name : {"page.css", "page.js", "icon.svg", "uPlot.iife.min.js", "uPlot.min.css"}) {
    CAPTURE(name);
    const Asset* asset = find_asset(name);
    REQUIRE(asset != nullptr);
    CHECK(asset->bytes.size() > 100);
    CHECK(asset->hash.size() == 64);
  }
  CHECK(find_asset("uPlot.iife.min.js")->bytes.starts_with("/*! https://github.com/leeoniya/uPlot"));
  CHECK(find_asset("icon.svg")->content_type == "image/svg+xml");
  CHECK(find_asset("../page.css") == nullptr);
}
