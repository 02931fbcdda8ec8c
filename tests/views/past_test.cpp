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

std::optional<Database::Known> known_of(Replica& node, const When& when) {
  if (!when.known) return std::nullopt;
  return Database::Known{node.root().epoch(), *when.known};
}

std::string past_rows(Replica& node, const std::string& relation, const When& when) {
  const auto page = node.database().read_past(relation, {}, when.as_of, known_of(node, when));
  return page ? page_json(*page) : "!" + page.error().message();
}

std::string said(const Outcome<One>& one) { return !one ? "!" + one.error().message() : one->json.value_or("nothing"); }
std::string past_one(Replica& node, const std::string& relation, const std::string& key, const When& when) {
  return said(node.database().read_past_one(relation, key, when.as_of, known_of(node, when)));
}

// Pasts are written down all the time.
DatabaseOptions with_pasts(std::uint64_t least_distance, std::uint64_t most_bytes = 64 << 20) {
  DatabaseOptions options = with_folds();
  options.pasts.least_distance = least_distance;
  options.pasts.most_bytes = most_bytes;
  return options;
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
    Replica a(random.one_in(2) ? with_folds() : with_pasts(1 + random.below(5))), b(with_folds());
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
          const std::string key =
              relation == "item" ? std::to_string(random.below(8)) : fmt::format("k{}", random.below(4));
          CAPTURE(key);
          CHECK(past_one(a, relation, key, when) == said(then->database().read_one(relation, key)));
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

// In any order, so most are begun from what others have left behind; views are redefined in between.
TEST_CASE("moments that are begun from pasts that were written down show what a fresh one shows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(2, 200); ++turn) {
    const std::uint64_t bytes = random.one_in(2) ? 64 << 20 : 60'000;
    Replica a(with_pasts(1 + random.below(6), bytes)), b(with_folds());
    REQUIRE(a.sql(definitions).empty());
    auto defining = a.events();
    std::size_t most_kept = 0;
    for (int step = 0; step < 30; ++step) {
      if (random.one_in(2)) write(a, random);
      if (random.one_in(3)) write(b, random), a.merge(b.events());
      if (random.one_in(15)) {
        REQUIRE(a.sql("CREATE OR REPLACE MATERIALIZED VIEW by_name AS SELECT name, count(*) AS n, sum(votes) + " +
                      std::to_string(step) + " AS votes, max(id) AS last FROM item GROUP BY name")
                    .empty());
        defining.push_back(a.entries(a.root().head()).back());
      }
      if (random.one_in(12)) a.database().add_source(with_folds().sources("d").front());
      const When when = random_moment(a, random);
      CAPTURE(turn, step, when.as_of ? when.as_of->text() : "ever", when.known.value_or(0));
      const auto then = node_of_then(a, defining, when);
      for (const char* relation : {"by_name", "top", "kinds", "scanned"}) {
        CAPTURE(relation);
        CHECK(past_rows(a, relation, when) == then->rows(relation));
      }
      most_kept = std::max(most_kept, a.database().pasts().kept());
    }
    CHECK(most_kept > 0);
  }
}

TEST_CASE("a moment near one that was asked for reads what lies between them, not the whole log") {
  constexpr std::uint64_t events = 4'000, distance = 50;
  Replica node(with_pasts(distance));
  REQUIRE(node.sql(definitions).empty());
  std::vector<Replica::Entry> entries;
  for (std::uint64_t i = 0; i < events; ++i)
    entries.push_back({Ulid::first_of(first_ms + static_cast<std::int64_t>(i)),
                       fmt::format(R"({{"kind":"k{0}","truck":"k{0}","scan":"a"}})", i % 3), true});
  node.merge(entries);
  const Lc head = node.root().head();
  const auto entries_read_for = [&](const std::string& relation, const When& when) {
    const std::uint64_t before = node.database().pasts().entries_read();
    CHECK(past_rows(node, relation, when).front() == '[');
    return node.database().pasts().entries_read() - before;
  };
  const auto valid_before = [](std::uint64_t later) {
    return When{Ulid::last_of(first_ms + static_cast<std::int64_t>(events - later)), {}};
  };
  CHECK(entries_read_for("kinds", valid_before(300)) >= events - 301);
  for (const std::uint64_t earlier : {400U, 600U, 1'000U, 2'000U})  // how long before that
    CHECK(entries_read_for("kinds", valid_before(300 + earlier)) <= 2 * earlier);
  CHECK(entries_read_for("kinds", {{}, head - 300}) >= events - 301);
  for (const std::uint64_t earlier : {400U, 600U, 1'000U, 2'000U})
    CHECK(entries_read_for("kinds", {{}, head - 300 - earlier}) <= 2 * earlier);
  // A fold has the copies of its states, and the present is there anyway.
  CHECK(entries_read_for("scans", valid_before(100)) == 0);
  CHECK(entries_read_for("kinds", {{}, head}) == 0);
  CHECK(entries_read_for("item", {{}, {}}) == 0);
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
