#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "bench/support/report.h"
#include "bench/table/containers.h"
#include "bench/table/measure.h"
#include "bench/table/space.h"
#include "bench/table/sqlite.h"
#include "bench/table/threads.h"
#include "bench/table/work_table.h"

// ./dev bench table [--quick | --rows N]: the table beside what one would take otherwise, in one run.
namespace {

using namespace laterbase::bench;

using ByName = std::map<std::string, Figures>;

template <typename Contender>
void turn(std::map<std::string, std::vector<Figures>>& turns, std::uint64_t rows, std::uint64_t seed) {
  const auto took = nanoseconds(1, [&] { turns[Contender::name].push_back(Measurement<Contender>(rows, seed).run()); });
  if (rows > 1'000'000) fmt::print(stderr, "{}: {:.0f} s\n", Contender::name, took * 1e-9);
}

// Contenders in turns, so that a noisy machine disturbs all.
ByName measure_all(std::uint64_t rows) {
  const int count = rows <= 100'000 ? 9 : 1;  // SQLite alone takes half a minute for a million rows
  std::map<std::string, std::vector<Figures>> turns;
  for (int i = 0; i < count; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    turn<WorkTable>(turns, rows, seed);
    turn<MultiIndex>(turns, rows, seed);
    turn<StdMap>(turns, rows, seed);
    turn<FlatMap>(turns, rows, seed);
    turn<Sqlite>(turns, rows, seed);
  }
  ByName figures;
  for (const auto& [name, all] : turns) figures[name] = median_of(all);
  return figures;
}

void print_table(const ByName& figures) {
  constexpr const char* order[] = {WorkTable::name, MultiIndex::name, StdMap::name, FlatMap::name, Sqlite::name};
  fmt::print("{:<16}", "ns a row");
  for (const auto* name : order) fmt::print("{:>15}", name);
  fmt::print("\n");
  for (const auto* operation : operations) {
    fmt::print("{:<16}", operation);
    for (const auto* name : order) {
      const auto& all = figures.at(name);
      fmt::print("{:>15}", all.contains(operation) ? fmt::format("{:.1f}", all.at(operation)) : "-");
    }
    fmt::print("\n");
  }
  fmt::print(
      "Processor time of one thread. Only worktable lets other threads in meanwhile; the others have no lock.\n"
      "unordered_map and flat_map have no secondary indexes.\n\n");
}

void goal(const std::string& name, double subject, double baseline, const char* unit, double wanted,
          const char* baseline_name) {
  std::fputs(row_text({name, subject, baseline, unit, wanted, Better::lower, baseline_name}).c_str(), stdout);
}

struct ChurnMemory {
  double settled = 0;
  double growth = 0;
};

// Every row leaves and comes again, many times. Leaves of indexes are less full after some rounds than at first, since
// stale entries wait in them and leaves that had to be divided stay so; then memory stands.
ChurnMemory churn_memory(std::uint64_t rows, int rounds) {
  laterbase::Random random(rows);
  const auto before = allocated<WorkTable>(nullptr);
  WorkTable table;
  for (const auto id : shuffled_ids(rows, random)) table.insert(random_price(id, random));
  // In a thread of its own, since malloc counts what it keeps at hand for a thread as in use until that ends.
  const auto churn = [&] {
    std::thread([&] {
      for (int round = 0; round < rounds; ++round)
        for (std::uint64_t i = 0; i < rows; ++i) {
          const auto id = 1 + random.below(rows);
          table.erase(id);
          table.insert(random_price(id, random));
        }
    }).join();
    return (allocated(&table) - before) / static_cast<double>(rows);
  };
  const auto settled = churn();
  return {settled, churn() - settled};
}

void print_goals(const ByName& figures, std::uint64_t rows) {
  const auto& mine = figures.at(WorkTable::name);
  const auto& other = figures.at(MultiIndex::name);
  std::fputs(row_header().c_str(), stdout);
  if (rows == 10'000) {
    goal("insert, at most 300 ns", mine.at("insert"), 0, "ns", 300, "");
    goal("point read, at most 50 ns", mine.at("point read"), 0, "ns", 50, "");
  }
  for (const auto* operation : operations) {
    const bool bytes = std::strcmp(operation, "bytes a row") == 0;
    const auto beside = other.contains(operation) ? other.at(operation) : other.at("point read");
    goal(operation, mine.at(operation), beside, bytes ? "bytes" : "ns", bytes ? 0.7 : 1, MultiIndex::name);
  }
  const int rounds = rows > 1'000'000 ? 2 : 8;
  const auto churned = churn_memory(rows, rounds);
  goal(fmt::format("bytes a row after {} rounds of churn", rounds), churned.settled, other.at("bytes a row"), "bytes",
       0.7, MultiIndex::name);
  goal(fmt::format("growth in {} more", rounds), churned.growth, 0, "bytes a row", 1, "");
}

void print_threads(std::uint64_t rows) {
  for (const unsigned threads : {1U, 2U}) {
    const auto mine = measure_work_table(rows, threads);
    const auto other = measure_locked_multi_index(rows, threads);
    for (const auto* operation : {"insert", "point read", "update"})
      goal(fmt::format("{}, {} thread{}", operation, threads, threads == 1 ? "" : "s"), mine.at(operation),
           other.at(operation), "ns", 1, "locked multi_index");
  }
}

void print_space(std::uint64_t rows) {
  const auto directory = std::filesystem::absolute("build/bench/table").string();
  std::filesystem::create_directories(directory);
  const auto figures = measure_space(rows, directory);
  goal("point read by a second process", figures.other_read, figures.owner_read, "ns", 1.5, "owner");
  goal(fmt::format("save {:.0f} MB durably, by {}", figures.bytes / 1e6, figures.writer), figures.save_seconds * 1e3,
       figures.plain_seconds * 1e3, "ms", 2, "plain writes");
  fmt::print("load and check: {:.0f} ms\n\n", figures.load_seconds * 1e3);
}

void measure(std::uint64_t rows) {
  fmt::print("{} rows\n\n", rows);
  std::fflush(stdout);
  const auto figures = measure_all(rows);
  print_table(figures);
  print_goals(figures, rows);
  std::fflush(stdout);
  print_threads(rows);
  print_space(rows);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option == "--rows" && argc > 2) {
    measure(std::strtoull(argv[2], nullptr, 10));
    return 0;
  }
  measure(10'000);
  if (option != "--quick") measure(1'000'000);
  return 0;
}
