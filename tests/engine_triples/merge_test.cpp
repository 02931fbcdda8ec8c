#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "tests/engine_triples/history.h"
#include "tests/support/seed.h"

// Whatever order the same events arrive in, tables are what a fold in the order of versions gives; and what flush()
// says has changed adds up to that.
namespace laterbase::triples::tests {
namespace {

const char* const declaration = R"({"columns":[
  {"name":"id","number":1,"type":"text"},{"name":"title","number":2,"type":"text"},
  {"name":"votes","number":3,"type":"bigint","merge":"counter"},
  {"name":"tags","number":4,"type":"bigint[]","merge":"set"},
  {"name":"peak","number":5,"type":"bigint","merge":"max"},
  {"name":"low","number":6,"type":"bigint","merge":"min"}],"key":[0],"strict":true})";

struct Made {
  Ulid key;
  std::string value;
};

// One row, folded in order: the sequential meaning of facts.
struct Model {
  bool there = false;
  std::optional<std::string> title;
  std::int64_t votes = 0;
  std::set<std::pair<std::int64_t, std::uint64_t>> tags;  // with the event that added it
  std::optional<std::int64_t> peak, low;
};

// Removes that say what they have seen: the element and the adding event. Neither order nor a row's death matters.
using Seen = std::set<std::pair<std::int64_t, std::uint64_t>>;

struct Step {
  std::string json;
  std::function<void(Model&)> fold;
};

// `event` is the number of the one that the step is in.
Step random_tags(Random& random, std::uint64_t event, Seen& seen) {
  const std::int64_t n = static_cast<std::int64_t>(random.below(4));
  if (random.one_in(2))
    return {fmt::format(R"("tags",{{"add":{}}})", n), [n, event](Model& row) {
              row.there = true, row.tags.insert({n, event});
            }};
  if (random.one_in(2))
    return {fmt::format(R"("tags",{{"remove":{}}})", n), [n](Model& row) {
              row.there = true;
              std::erase_if(row.tags, [n](const auto& tag) { return tag.first == n; });
            }};
  const std::uint64_t of = 2 + random.below(40);  // also one that is not there yet
  seen.insert({n, of});
  return {fmt::format(R"("tags",{{"remove":{},"seen":["{}"]}})", n, key_of(of).text()),
          [](Model& row) { row.there = true; }};
}

Step random_step(Random& random, std::uint64_t event, Seen& seen) {
  const std::int64_t n = static_cast<std::int64_t>(random.below(6));
  switch (random.below(8)) {
    case 0:
      return {R"("",{"exists":false})", [](Model& row) { row = Model{}; }};
    case 1:
      return {R"("",{"exists":true})", [](Model& row) { row.there = true; }};
    case 2:
      return {fmt::format(R"("title","t{}")", n),
              [n](Model& row) { row.there = true, row.title = fmt::format("t{}", n); }};
    case 3:
      return {fmt::format(R"("votes",{{"inc":{}}})", n - 2), [n](Model& row) { row.there = true, row.votes += n - 2; }};
    case 4:
    case 5:
      return random_tags(random, event, seen);
    case 6:
      return {fmt::format(R"("peak",{})", n),
              [n](Model& row) { row.there = true, row.peak = std::max(n, row.peak.value_or(n)); }};
    default:
      return {fmt::format(R"("low",{})", n),
              [n](Model& row) { row.there = true, row.low = std::min(n, row.low.value_or(n)); }};
  }
}

ivm::Value number(const std::optional<std::int64_t>& n) { return n ? ivm::Value::of_bigint(*n) : ivm::Value{}; }

std::string text_of(const std::string& subject, const Model& row, const Seen& seen, const ivm::Schema& schema) {
  std::set<std::int64_t> shown;
  for (const auto& tag : row.tags)
    if (!seen.contains(tag)) shown.insert(tag.first);
  std::vector<ivm::Value> tags;
  for (const std::int64_t tag : shown) tags.push_back(ivm::Value::of_bigint(tag));
  const std::vector<ivm::Value> values{ivm::Value::of_text(subject),
                                       row.title ? ivm::Value::of_text(*row.title) : ivm::Value{},
                                       ivm::Value::of_bigint(row.votes),
                                       ivm::Value::of_array(tags),
                                       number(row.peak),
                                       number(row.low),
                                       ivm::Value::of_text(subject)};
  return to_text(ivm::Row::of(values).view(), schema);
}

class History {
 public:
  explicit History(Random& random) : random_(random) {
    events_.push_back({key_of(1), fmt::format(R"({{"@tx":[["@table","issue","definition",{}]]}})", declaration)});
    const std::uint64_t count = 2 + random.below(40);
    for (std::uint64_t n = 2; n < count + 2; ++n) events_.push_back({key_of(n), random_event(n)});
  }

  std::vector<Made> shuffled() {
    std::vector<Made> order = events_;
    std::shuffle(order.begin(), order.end(), random_);
    return order;
  }

  Rows expected(const ivm::Schema& schema) const {
    Rows rows;
    for (const auto& [subject, row] : model_)
      if (row.there) ++rows[text_of(subject, row, seen_.at(subject), schema)];
    return rows;
  }

 private:
  std::string random_event(std::uint64_t event) {
    std::string facts;
    for (std::uint64_t i = 0, n = 1 + random_.below(3); i < n; ++i) {
      const std::string subject = fmt::format("s{}", random_.below(3));
      const Step step = random_step(random_, event, seen_[subject]);
      facts += fmt::format(R"({}["issue","{}",{}])", i == 0 ? "" : ",", subject, step.json);
      step.fold(model_[subject]);
    }
    return fmt::format(R"({{"@tx":[{}]}})", facts);
  }

  Random& random_;
  std::vector<Made> events_;
  std::map<std::string, Model> model_;
  std::map<std::string, Seen> seen_;
};

Rows follow(const std::vector<Made>& events, Random& random, MemoryLog& log, Store& store) {
  Rows rows;
  for (const Made& event : events) {
    store.apply(log.at(log.add(event.key, event.value)));
    if (!random.one_in(3) && &event != &events.back()) continue;
    Delta delta;
    store.flush(delta);
    if (delta.reshaped.contains("issue")) rows = rows_of(store, "issue");
    if (const auto changes = delta.rows.find("issue"); changes != delta.rows.end())
      apply(rows, changes->second, store.table("issue")->schema());
  }
  return rows;
}

TEST_CASE("tables depend on the set of events and not on their order") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const PlainValues values;
  for (std::uint64_t turn = 0; turn < test_size(400, 100'000); ++turn) {
    CAPTURE(turn);
    History history(random);
    MemoryLog log;
    Store store(values, log, {{}, random.below(4)});  // rows are packed and opened all the time
    const Rows followed = follow(history.shuffled(), random, log, store);
    REQUIRE(store.table("issue") != nullptr);
    const Rows expected = history.expected(store.table("issue")->schema());
    REQUIRE(rows_of(store, "issue") == expected);
    REQUIRE(followed == expected);
    REQUIRE(store.rejects().empty());
  }
}

TEST_CASE("a trial shows everything and leaves nothing") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const PlainValues values;
  for (std::uint64_t turn = 0; turn < test_size(100, 10'000); ++turn) {
    History history(random);
    MemoryLog log;
    Store store(values, log, {{}, random.below(4)});  // rows are packed and opened all the time
    follow(history.shuffled(), random, log, store);
    const Rows before = rows_of(store, "issue");
    store.begin_trial();
    const std::string text = R"({"@tx":[["issue","s0","",{"exists":false}],["issue","s9","title","new"]]})";
    const auto facts = Facts::of(text);
    REQUIRE_FALSE(store.try_facts(Ulid::greatest(), 1, *facts).has_value());
    CHECK(static_cast<bool>(store.table("issue")->find("s9")));
    CHECK_FALSE(static_cast<bool>(store.table("issue")->find("s0")));
    if (random.one_in(2)) {
      const std::string other = R"({"@tx":[["@table","issue","definition",null]]})";
      const auto drop = Facts::of(other);
      store.try_facts(Ulid::greatest(), 3, *drop);
      CHECK(store.table("issue") == nullptr);
    }
    store.end_trial();
    REQUIRE(rows_of(store, "issue") == before);
  }
}

TEST_CASE("a remove with what it has seen leaves adds that it did not know") {
  const PlainValues values;
  MemoryLog log;
  Store store(values, log);
  const auto post = [&](std::uint64_t n, const std::string& facts) {
    store.apply(log.at(log.add(key_of(n), "{\"@tx\":[" + facts + "]}")));
  };
  post(1, fmt::format(R"(["@table","issue","definition",{}])", declaration));
  post(5, R"(["issue","a","tags",{"add":7}])");
  post(9, fmt::format(R"(["issue","a","tags",{{"remove":7,"seen":["{}"]}}])", key_of(5).text()));
  Delta delta;
  store.flush(delta);
  const auto tags = [&] { return to_text(store.table("issue")->find("a").value(3, ivm::TypeKind::array)); };
  const std::string none = tags();
  post(7, R"(["issue","a","tags",{"add":7}])");  // elsewhere, before the remove, which did not know of it
  store.flush(delta);
  CHECK(tags() != none);
}

TEST_CASE("an entry that replaces another takes its facts back") {
  const PlainValues values;
  MemoryLog log;
  Store store(values, log);
  const auto post = [&](std::uint64_t n, const std::string& facts, Lc replaces = 0, bool aside = false) {
    const Lc lc = log.add(key_of(n), "{\"@tx\":[" + facts + "]}", replaces, aside);
    store.apply(log.at(lc));
    return lc;
  };
  post(1, fmt::format(R"(["@table","issue","definition",{}])", declaration));
  Delta first;
  store.flush(first);
  const Lc old = post(3, R"(["issue","a","votes",{"inc":5}],["issue","b","title","gone"])");
  post(4, R"(["issue","a","votes",{"inc":1}])");
  post(6, R"(["issue","z","title","never"])", 0, true);
  Delta second;
  store.flush(second);
  Rows rows;
  const ivm::Schema schema = store.table("issue")->schema();
  apply(rows, second.rows.at("issue"), schema);
  CHECK(rows.size() == 2);
  post(3, R"(["issue","a","votes",{"inc":2}])", old);
  Delta third;
  store.flush(third);
  apply(rows, third.rows.at("issue"), schema);
  CHECK(rows == rows_of(store, "issue"));
  REQUIRE(rows.size() == 1);
  CHECK(store.table("issue")->find("a").word(2) == 3);
}

}  // namespace
}  // namespace laterbase::triples::tests
