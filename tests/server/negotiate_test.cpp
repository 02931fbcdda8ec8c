#include "server/http/negotiate.h"

#include <array>
#include <catch2/catch.hpp>

namespace {

using namespace laterbase::http;

constexpr std::array<std::string_view, 3> offers{"application/json", "application/x-ndjson", "text/event-stream"};

int best(std::string_view accept) {
  const auto index = best_type(accept, offers);
  return index ? static_cast<int>(*index) : -1;
}

}  // namespace

TEST_CASE("the type that a client likes best") {
  CHECK(best("") == 0);
  CHECK(best("*/*") == 0);
  CHECK(best("application/x-ndjson") == 1);
  CHECK(best("Application/X-NDJSON") == 1);
  CHECK(best("text/*") == 2);
  CHECK(best("text/event-stream, */*;q=0.1") == 2);
  CHECK(best("application/json;q=0.5, application/x-ndjson;q=0.8") == 1);
  CHECK(best("application/*;q=0.5, application/json;q=0.2") == 1);
  CHECK(best("application/json; charset=utf-8") == 0);
  CHECK(best("*/*, application/json;q=0") == 1);
  CHECK(best("text/html,application/xhtml+xml,*/*;q=0.8") == 0);
  CHECK(best("text/html") == -1);
  CHECK(best("application/json;q=0") == -1);
  CHECK(best("application") == -1);
  CHECK(best(",,;q=1") == -1);
}

TEST_CASE("the coding that a client likes best") {
  CHECK(best_coding("") == Coding::identity);
  CHECK(best_coding("gzip") == Coding::gzip);
  CHECK(best_coding("x-gzip") == Coding::gzip);
  CHECK(best_coding("gzip, zstd") == Coding::zstd);
  CHECK(best_coding("gzip;q=1.0, zstd;q=0.9") == Coding::gzip);
  CHECK(best_coding("br, deflate") == Coding::identity);
  CHECK(best_coding("*") == Coding::zstd);
  CHECK(best_coding("*, zstd;q=0") == Coding::gzip);
  CHECK(best_coding("gzip;q=0") == Coding::identity);
  CHECK(best_coding("gzip;q=0.001") == Coding::gzip);
  CHECK(best_coding("identity, gzip;q=0.5") == Coding::identity);
  CHECK(best_coding("gzip;q=nonsense") == Coding::identity);
}

TEST_CASE("a media type without its parameters") {
  CHECK(media_type("application/json; charset=utf-8") == "application/json");
  CHECK(media_type(" text/plain ") == "text/plain");
  CHECK(media_type("").empty());
}
