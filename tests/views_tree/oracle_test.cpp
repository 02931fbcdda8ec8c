#include <catch2/catch.hpp>

#include "tests/support/seed.h"
#include "tests/views_sql/postgres.h"
#include "tests/views_tree/live_tree.h"
#include "tests/views_tree/tree_writer.h"

// Random trees over random tables under random changes: the answer is PostgreSQL's, with json_agg over lateral
// sub-queries, and who replays the patches has it too, after every commit.
namespace laterbase::tree::tests {
namespace {

struct Trial {
  std::string schema, rows;
  WrittenTree tree;
  std::vector<std::string> changes;
};

Trial trial_of(std::uint64_t seed) {
  TreeWriter writer(seed);
  Trial trial{writer.schema(), writer.rows(), {}, {}};
  trial.tree = writer.tree();
  for (int i = 0; i < 8; ++i) trial.changes.push_back(writer.change());
  return trial;
}

constexpr const char* same_view = "REFRESH MATERIALIZED VIEW w";

// What differs; "" where nothing does, "!" where PostgreSQL can't compute it.
std::string compare(views::tests::Replica& node, sql::Postgres& postgres, const Trial& trial, LiveTree& live) {
  if (trial.schema.find(" w AS") != std::string::npos) postgres.run(same_view);
  const sql::PostgresRows wanted = postgres.run(trial.tree.select);
  if (!wanted.error.empty()) return "!" + wanted.error;
  const std::string cell = wanted.rows.at(0).at(0).value_or("null");
  const auto expected = nlohmann::ordered_json::parse(cell);
  const std::string text = fresh(node.database(), trial.tree.text);
  if (text.front() == '!') return "refused: " + text;
  const auto got = nlohmann::ordered_json::parse(text);
  if (got != expected) return "once: " + text + "\nPostgreSQL: " + expected.dump();
  try {
    const Json& replayed = live.poll();
    if (!live.goes_on) return "the stream ended";
    if (replayed != Json::parse(cell))
      return "replayed: " + replayed.dump() + "\nlast patch: " + live.last_patch.dump() + "\nPostgreSQL: " + cell;
  } catch (const nlohmann::json::exception& trouble) {
    return std::string("a patch can't be applied: ") + trouble.what() + "\n" + live.last_patch.dump() + "\nto " +
           live.document.dump();
  }
  return "";
}

struct Tally {
  int compared = 0, refused = 0, patches = 0;
};

std::string run(const Trial& trial, sql::Postgres& postgres, Tally& tally) {
  postgres.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; " + trial.schema);
  postgres.run(trial.rows);
  views::tests::Replica node;
  if (const std::string done = node.sql(trial.schema); !done.empty() && done.front() == '!') return "schema: " + done;
  if (const std::string done = node.sql(trial.rows); !done.empty() && done.front() == '!') return "rows: " + done;
  const auto opened = node.database().open_tree(trial.tree.text, "");
  if (!opened) {
    const sql::PostgresRows now = postgres.run("EXPLAIN " + trial.tree.select);
    if (!now.error.empty()) return ++tally.refused, "";
    return "refused: " + opened.error().message();
  }
  LiveTree live(node.database(), trial.tree.text);
  std::string failure = compare(node, postgres, trial, live);
  for (std::size_t i = 0; i < trial.changes.size() && failure.empty(); ++i) {
    const std::string done = node.sql(trial.changes[i]);
    const sql::PostgresRows changed = postgres.run(trial.changes[i]);
    const bool refused = !done.empty() && done.front() == '!';
    if (refused == changed.error.empty()) return trial.changes[i] + " " + done + " PostgreSQL: " + changed.error;
    failure = compare(node, postgres, trial, live);
    if (!failure.empty()) failure = "after " + trial.changes[i] + "\n" + failure;
    ++tally.compared;
  }
  tally.patches += live.patches;
  if (failure.empty() && live.snapshots != 1) failure = "the stream began anew";
  if (!failure.empty() && failure[0] == '!') return ++tally.refused, "";
  return failure;
}

}  // namespace

TEST_CASE("random trees are what PostgreSQL says they are, and what patches make of them") {
  const auto postgres = sql::Postgres::start();
  REQUIRE(postgres != nullptr);
  const std::uint64_t first = test_seed();
  const std::uint64_t trials = std::getenv("LATERBASE_SEED") ? 1 : test_size(60, 5'000);
  Tally tally;
  for (std::uint64_t i = 0; i < trials; ++i) {
    const Trial trial = trial_of(first + i);
    const std::string failure = run(trial, *postgres, tally);
    if (failure.empty()) continue;
    FAIL_CHECK("LATERBASE_SEED=" << first + i << "\n"
                                 << trial.schema << trial.rows << trial.tree.text << "\n"
                                 << trial.tree.select << "\n"
                                 << failure);
  }
  // A writer whose trees nobody takes, or that never change, would find nothing.
  CHECK(tally.refused * 4 <= static_cast<int>(trials) + 4);
  if (trials > 20) {
    CHECK(tally.patches * 24 > tally.compared);  // it is about one in ten
  }
}

}  // namespace laterbase::tree::tests
