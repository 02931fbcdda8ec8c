#include <catch2/catch.hpp>
#include <thread>

#include "engine/table/table.h"
#include "tests/support/seed.h"

using namespace laterbase::worktable;
using laterbase::Random;

namespace {
using Notes =
    Table<"note", column<"id", std::uint64_t, primary_key>, column<"sum", std::int64_t>, column<"text", std::string>>;

std::uint64_t rows_in(const RowTable::Snapshot& snapshot, std::int64_t& sum) {
  std::uint64_t rows = 0;
  sum = 0;
  snapshot.scan([&](laterbase::BytesView row, Spot) {
    sum += Notes::Shape::get<1>(row.data());
    return ++rows != 0;
  });
  return rows;
}
}  // namespace

TEST_CASE("delete and insert at a steady size take no more memory") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Random random(seed);
  Notes notes;
  const auto text = [&] { return std::string(10 + random.below(60), 't'); };
  for (std::uint64_t id = 0; id < 5000; ++id) notes.insert(id, 0, text()).value();
  const auto churn = [&](std::uint64_t from, std::uint64_t to) {
    for (auto id = from; id < to; ++id) {
      notes.erase(id).value();
      notes.insert(id + 5000, 0, text()).value();
    }
  };
  churn(0, 50'000);
  const auto settled = notes.use();
  churn(50'000, 300'000);
  const auto after = notes.use();
  REQUIRE(after.rows == 5000);
  REQUIRE(after.page_bytes <= settled.page_bytes * 5 / 4);
  REQUIRE(after.index_bytes <= settled.index_bytes * 5 / 4);
}

TEST_CASE("a vacuum gives back pages that are mostly holes, and rows stay where they are found") {
  Notes notes({4096});
  for (std::uint64_t id = 0; id < 10'000; ++id) notes.insert(id, 1, std::string(50, 'x')).value();
  for (std::uint64_t id = 0; id < 10'000; ++id)
    if (id % 10 != 0) notes.erase(id).value();
  const auto before = notes.rows().pages().use().pages;
  const auto result = notes.vacuum();
  REQUIRE(result.released_pages > before / 2);
  REQUIRE(notes.rows().pages().use().pages < before / 2);
  for (std::uint64_t id = 0; id < 10'000; ++id) REQUIRE(notes.contains(id) == (id % 10 == 0));
  const auto memory = notes.use().page_bytes;
  for (std::uint64_t id = 20'000; id < 27'000; ++id) notes.insert(id, 1, std::string(50, 'x')).value();
  REQUIRE(notes.use().page_bytes <= memory);  // the pages given back are used first
}

TEST_CASE("a row that was freed is not handed out while a pin from before is held") {
  Notes notes;
  notes.insert(1U, 42, "here").value();
  const auto key = notes.rows().key_plan().make(laterbase::BytesView("\1\0\0\0\0\0\0\0", 8));
  const Pin pin;
  const auto link = notes.rows().find_link(key).value();
  std::thread([&] {
    notes.erase(1U).value();
    for (std::uint64_t id = 2; id < 2000; ++id) notes.insert(id, 7, "else").value();
    for (std::uint64_t id = 2; id < 2000; ++id) notes.erase(id).value();
    for (std::uint64_t id = 2; id < 2000; ++id) notes.insert(id, 7, "else").value();
  }).join();
  RowBuffer row;
  REQUIRE_FALSE(notes.rows().read(link, row));
  notes.rows().pages().read_as_is(notes.rows().pages().spot_of(link), row);
  REQUIRE(Notes::Shape::get<1>(row.bytes().data()) == 42);
}

TEST_CASE("a snapshot sees one moment: what moves between rows is always there once") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Notes notes({4096});
  constexpr std::uint64_t ids = 3000;
  for (std::uint64_t id = 0; id < ids; ++id) notes.insert(id, 0, std::string(id % 60, 'x')).value();
  std::atomic<bool> done{false};
  // Writes rows in turn, the round's number into each: at any moment rows hold at most two numbers, in one step.
  std::thread writer([&] {
    for (std::int64_t round = 1; !done; ++round)
      for (std::uint64_t id = 0; id < ids && !done; ++id)
        notes
            .update<"sum", "text">(
                id, round, std::string(static_cast<std::size_t>(id + static_cast<std::uint64_t>(round)) % 60, 'y'))
            .value();
  });
  int moments = 0, mixed = 0, torn = 0;
  const auto snapshots = laterbase::test_size(150, 5000);
  // Until the writer, who may be let run late, was met within a round.
  for (std::uint64_t i = 0; i < snapshots || (mixed == 0 && i < 1000 * snapshots); ++i) {
    const RowTable::Snapshot snapshot(notes.rows());
    std::vector<std::int64_t> round_of(ids, -1);
    std::uint64_t rows = 0;
    snapshot.scan([&](laterbase::BytesView row, Spot) {
      round_of[Notes::Shape::get<0>(row.data())] = Notes::Shape::get<1>(row.data());
      return ++rows != 0;
    });
    std::int64_t sum = 0, again = 0;
    for (const auto round : round_of) sum += round;
    const auto once_more = rows_in(snapshot, again);
    if (rows != ids || once_more != ids || sum != again) ++torn;
    for (std::uint64_t id = 1; id < ids; ++id)
      if (round_of[id] > round_of[id - 1] || round_of[0] - round_of[id] > 1) ++torn;
    moments += 1;
    mixed += round_of[0] != round_of[ids - 1] ? 1 : 0;
  }
  done = true;
  writer.join();
  REQUIRE(torn == 0);
  REQUIRE(moments > 0);
  REQUIRE(mixed > 0);  // else nothing was written meanwhile, and nothing shown
}
