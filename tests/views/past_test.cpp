#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"
#include "tests/views/scans_of_truck.h"

// A read of another moment shows what a node shows that was only ever given the events of then, and today's
// definitions.
namespace laterbase::views::tests {
namespace {

const std::string definitions =
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET) STRICT;"
    "CREATE MATERIALIZED VIEW by_name AS SELECT name, count(*) AS n, sum(votes) AS votes, max(id) AS last FROM item "
    "GROUP BY name;"
    "CREATE MATERIALIZED VIEW top AS SELECT name, votes FROM by_name ORDER BY votes DESC NULLS LAST, name LIMIT 3;"
    "CREATE MATERIALIZED VIEW kinds AS SELECT value->>'kind' AS kind, count(*) AS n, max(at) AS at FROM events WHERE "
    "value->>'kind' IS NOT NULL GROUP BY 1;"
    "CREATE MATERIALIZED VIEW scanned AS SELECT s.key, s.state->>'scans' AS scans, k.n FROM scans s LEFT JOIN kinds k "
    "ON "
    "k.kind = s.key;"
    "CREATE MATERIALIZED VIEW ratio AS SELECT id, 100 / (votes - 3) AS r FROM item;";
const std::vector<std::string> relations{"item", "by_name", "top", "kinds", "scans", "scanned", "ratio"};

constexpr std::int64_t first_ms = 1'700'000'000'000;

std::string random_facts(Random& random) {
  const std::uint64_t id = random.below(8), n = random.below(5);
  const std::string kind = fmt::format(R"("kind":"k{}")", random.below(3));
  switch (random.below(8)) {
    case 0:
      return fmt::format(R"({{{},"@tx":[["item","{}","id",{}],["item","{}","name","n{}"]]}})", kind, id, id, id, n);
    case 1:
      return fmt::format(R"({{{},"@tx":[["item","{}","votes",{{"inc":{}}}]]}})", kind, id, n);
    case 2:
      return fmt::format(R"({{"@tx":[["item","{}","name","m{}"],["item","{}","tags",{{"add":"t{}"}}]]}})", id, n, id,
                         n);
    case 3:
      return fmt::format(R"({{"@tx":[["item","{}","",{{"exists":false}}]]}})", id);
    case 4:
    case 5:
      return fmt::format(R"({{{},"truck":"k{}","scan":"{}"}})", kind, random.below(3), n);
    case 6:
      return fmt::format(R"({{{}}})", kind);
    default:
      return fmt::format(R"({{"@tx":[["item","{}","id",{}],["item","{}","votes",{{"inc":1}}]]}})", id, id, id);
  }
}

Ulid key_in_the_past(Random& random) {
  Ulid key = Ulid::first_of(first_ms + static_cast<std::int64_t>(random.below(60)));
  key.low = random.below(4);  // two nodes may choose the same one
  return key;
}

void write(Replica& node, Random& random) {
  std::vector<Replica::Entry> events;
  for (std::uint64_t i = 0, count = 1 + random.below(12); i < count; ++i) {
    const Ulid key = key_in_the_past(random);
    const bool is_twice = std::any_of(events.begin(), events.end(), [&](const auto& one) { return one.key == key; });
    if (!is_twice) events.push_back({key, random_facts(random), true});
  }
  node.merge(events);
}

struct When {
  std::optional<Ulid> as_of;
  std::optional<Lc> known;
};

When random_moment(Replica& node, Random& random) {
  When when;
  if (!random.one_in(4)) when.as_of = Ulid::last_of(first_ms + static_cast<std::int64_t>(random.below(64)) - 2);
  if (random.one_in(2)) when.known = random.below(node.root().head() + 1);
  return when;
}

std::string past_rows(Replica& node, const std::string& relation, const When& when) {
  std::optional<Database::Known> known;
  if (when.known) known = Database::Known{node.root().epoch(), *when.known};
  const auto page = node.database().read_past(relation, {}, when.as_of, known);
  return page ? page_json(*page) : "!" + page.error().message();
}

// A node that was only given that.
std::unique_ptr<Replica> node_of_then(Replica& node, const std::vector<Replica::Entry>& defining, const When& when) {
  auto then = std::make_unique<Replica>(with_folds());
  then->merge(defining);
  for (const Replica::Entry& entry : node.entries(when.known.value_or(node.root().head()))) {
    const bool defines =
        std::any_of(defining.begin(), defining.end(), [&](const auto& d) { return d.key == entry.key; });
    if (!defines && (!when.as_of || entry.key <= *when.as_of)) then->merge({entry});
  }
  return then;
}

TEST_CASE("a read of another moment shows what a node with only the events of then shows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(2, 400); ++turn) {
    CAPTURE(turn);
    Replica a(with_folds()), b(with_folds());
    REQUIRE(a.sql(definitions).empty());
    const auto defining = a.events();
    for (int round = 0; round < 4; ++round) {
      write(a, random);
      write(b, random);
      if (random.one_in(2)) a.merge(b.events());
      for (int look = 0; look < 4; ++look) {
        const When when = random_moment(a, random);
        CAPTURE(round, look, when.as_of ? when.as_of->text() : "ever", when.known.value_or(0));
        const auto then = node_of_then(a, defining, when);
        for (const std::string& relation : relations) {
          CAPTURE(relation);
          CHECK(past_rows(a, relation, when) == then->rows(relation));
        }
      }
    }
  }
}

// The same moments, walked forward: each is served from the one before.
TEST_CASE("a past that goes forward in either time shows what a fresh one shows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Replica a(with_folds()), b(with_folds());
  REQUIRE(a.sql(definitions).empty());
  const auto defining = a.events();
  When when{Ulid::last_of(first_ms - 1), 1};
  for (int step = 0; step < static_cast<int>(test_size(25, 1'000)); ++step) {
    if (random.one_in(2)) write(a, random);
    if (random.one_in(3)) write(b, random), a.merge(b.events());
    if (random.one_in(2))
      when.as_of = Ulid::last_of(when.as_of->time_ms() + static_cast<std::int64_t>(random.below(4)));
    if (random.one_in(2)) when.known = std::min(a.root().head(), *when.known + random.below(9));
    CAPTURE(step, when.as_of->text(), *when.known);
    const auto then = node_of_then(a, defining, when);
    CHECK(past_rows(a, "by_name", when) == then->rows("by_name"));
    CHECK(past_rows(a, "scanned", when) == then->rows("scanned"));
  }
}

TEST_CASE("what is shown of another moment is defined as today") {
  Replica node;
  node.merge({{Ulid::first_of(first_ms), R"({"@tx":[["cup","a","id","a"],["cup","a","n",1]]})", true},
              {Ulid::first_of(first_ms + 10), R"({"@tx":[["cup","b","id","b"],["cup","b","n",2]]})", true}});
  CHECK(past_rows(node, "cup", {Ulid::last_of(first_ms), {}}) == "!There is no table or view \"cup\".");
  REQUIRE(node.sql("TABLE cup (id TEXT = 1 PRIMARY KEY, n BIGINT = 2)").empty());
  CHECK(past_rows(node, "cup", {Ulid::last_of(first_ms), {}}) == "[{\"id\":\"a\",\"n\":1}]\n");
  CHECK(past_rows(node, "cup", {{}, 1}) == "[{\"id\":\"a\",\"n\":1}]\n");
  REQUIRE(node.sql("TABLE cup (id TEXT = 1 PRIMARY KEY, much BIGINT = 2)").empty());
  CHECK(past_rows(node, "cup", {Ulid::last_of(first_ms), {}}) == "[{\"id\":\"a\",\"much\":1}]\n");
}

TEST_CASE("a position that never was is refused") {
  Replica node(with_folds());
  REQUIRE(node.sql(definitions).empty());
  const auto beyond = node.database().read_past("item", {}, {}, Database::Known{node.root().epoch(), 99});
  REQUIRE(!beyond);
  CHECK(beyond.error().kind == Refusal::Kind::gone);
  const auto strange = node.database().read_past("item", {}, {}, Database::Known{Ulid::first_of(7), 0});
  REQUIRE(!strange);
  CHECK(strange.error().kind == Refusal::Kind::gone);
}

}  // namespace
}  // namespace laterbase::views::tests
