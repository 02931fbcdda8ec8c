#include <zlib.h>
#include <zstd.h>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream = {};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  std::string text(16 * 1024 * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string unzstd(const std::string& bytes) {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  std::string text(16 * 1024 * 1024, '\0');
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  ZSTD_outBuffer out = {text.data(), text.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size && left != 0) {
    left = ZSTD_decompressStream(context, &out, &in);
    REQUIRE_FALSE(ZSTD_isError(left));
  }
  CHECK(left == 0);
  ZSTD_freeDCtx(context);
  text.resize(out.pos);
  return text;
}

}  // namespace

TEST_CASE("long answers are compressed for who takes it") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 2000);
  for (const std::string& type : {json_type, ndjson_type}) {
    const std::string target = db + "/e?lc=0&limit=2000";
    const std::string plain = node.get(target, {{"Accept", type}}).body;
    const Response gzip = node.get(target, {{"Accept", type}, {"Accept-Encoding", "gzip"}});
    CHECK(gzip.header("content-encoding") == "gzip");
    CHECK(gzip.header("vary").find("Accept-Encoding") != std::string::npos);
    CHECK(gzip.body.size() < plain.size() / 2);
    CHECK(gunzip(gzip.body) == plain);
    const Response zstd = node.get(target, {{"Accept", type}, {"Accept-Encoding", "gzip;q=0.5, zstd"}});
    CHECK(zstd.header("content-encoding") == "zstd");
    CHECK(unzstd(zstd.body) == plain);
  }
}

TEST_CASE("what isn't taken, or isn't worth it, isn't compressed") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 2000);
  for (const std::string accept : {"identity", "br", "gzip;q=0, zstd;q=0", ""}) {
    INFO(accept);
    CHECK_FALSE(node.get(db + "/e?lc=0", {{"Accept-Encoding", accept}}).has("content-encoding"));
  }
  CHECK_FALSE(node.get("/health/live", {{"Accept-Encoding", "gzip"}}).has("content-encoding"));
  CHECK_FALSE(node.get(db + "/e?lc=1999", {{"Accept-Encoding", "gzip"}}).has("content-encoding"));
}
