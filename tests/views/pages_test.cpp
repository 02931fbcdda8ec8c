#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"

// A page is a piece of all rows in their order, whichever way it is found.
namespace laterbase::views::tests {
namespace {

const std::string definitions =
    "CREATE TABLE t (id BIGINT PRIMARY KEY, g INTEGER, s TEXT, d NUMERIC);"
    "CREATE MATERIALIZED VIEW scanned AS SELECT g, s, d FROM t;"
    "CREATE MATERIALIZED VIEW by_first AS SELECT g, s, d FROM t; CREATE INDEX ON by_first (g);"
    "CREATE MATERIALIZED VIEW by_two AS SELECT g, s, d FROM t; CREATE INDEX ON by_two (g, s);"
    "CREATE MATERIALIZED VIEW by_all AS SELECT g, s, d FROM t; CREATE INDEX ON by_all (g, s, d);"
    "CREATE MATERIALIZED VIEW by_others AS SELECT g, s, d FROM t; CREATE INDEX ON by_others (s);"
    "CREATE INDEX ON by_others (g DESC);";
const std::vector<std::string> views{"scanned", "by_first", "by_two", "by_all", "by_others"};

// Few values: peers, and rows that are there several times.
std::string random_rows(Random& random, int first, int rows) {
  std::string text = "INSERT INTO t VALUES ";
  for (int id = first; id < first + rows; ++id)
    text += fmt::format("{}({}, {}, {}, {})", id == first ? "" : ", ", id,
                        random.one_in(8) ? "NULL" : std::to_string(random.below(5)),
                        random.one_in(8) ? "NULL" : fmt::format("'same beginning {}'", random.below(4)),
                        random.one_in(8) ? "NULL" : fmt::format("{}.5", random.below(3)));
  return text;
}

std::vector<std::string> rows_of(Database& database, const std::string& view, const ReadRequest& request) {
  const auto page = database.read(view, request);
  REQUIRE(page.has_value());
  std::vector<std::string> rows;
  for (const ivm::Row& row : page->rows) rows.emplace_back(row.view().view());
  return rows;
}

ReadRequest random_request(Random& random) {
  ReadRequest request;
  if (random.one_in(4)) request.filters.emplace_back("g", fmt::format("gte.{}", random.below(5)));
  if (random.one_in(4)) request.filters.emplace_back("g", fmt::format("eq.{}", random.below(5)));
  if (random.one_in(4)) request.filters.emplace_back("s", "not.is.null");
  if (random.one_in(3)) request.order = "s.desc,g,d";
  return request;
}

TEST_CASE("a page is a piece of all rows in their order, whichever way it is found") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Replica node;
  node.sql(definitions);
  std::size_t pages = 0;
  for (int step = 0; step < static_cast<int>(test_size(8, 60)); ++step) {
    REQUIRE(node.sql(random_rows(random, step * 40, 40)).front() != '!');
    node.sql(fmt::format("DELETE FROM t WHERE id % 7 = {}", random.below(7)));
    for (std::uint64_t turn = 0; turn < 20; ++turn) {
      ReadRequest request = random_request(random);
      CAPTURE(request.filters, request.order.value_or(""));
      const auto all = rows_of(node.database(), "scanned", request);
      request.limit = random.one_in(4) ? random.below(300) : random.below(12);
      request.offset = random.one_in(2) ? 0 : random.below(60);
      const auto begin = std::min<std::uint64_t>(request.offset, all.size());
      const auto end = std::min<std::uint64_t>(request.offset + *request.limit, all.size());
      const std::vector<std::string> piece(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                           all.begin() + static_cast<std::ptrdiff_t>(end));
      for (const std::string& view : views) {
        CAPTURE(view, request.offset, *request.limit);
        CHECK(rows_of(node.database(), view, request) == piece);
        pages += !piece.empty();
      }
    }
  }
  CHECK(pages > 100);
}

}  // namespace
}  // namespace laterbase::views::tests
