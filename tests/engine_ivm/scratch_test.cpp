#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <functional>
#include <new>
#include <thread>

#include "engine/base/random.h"
#include "engine/ivm/circuit.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

// State in a scratch file: more of it than memory may be had, and what happens where there is no room.
namespace laterbase::ivm {
namespace {

constexpr Type bigint{TypeKind::bigint, {}}, numeric{TypeKind::numeric, {}};

// SELECT a.id, a.n, b.n FROM a JOIN b USING (id), in the order of a.n, and sum(n), max(n) by id / 1000 of it.
Plan joined_plan() {
  Plan plan;
  const Schema pair{{"id", bigint}, {"n", bigint}};
  const NodeId left = plan.add(Input{"a"}, pair), right = plan.add(Input{"b"}, pair);
  const NodeId both =
      plan.add(Join{JoinKind::inner, left, right, {{column(0, bigint), column(0, bigint), false}}, nullptr},
               {pair[0], pair[1], pair[0], pair[1]});
  const AggregateCall sum{AggregateFunction::sum, {column(1, bigint)}, numeric, nullptr, false, {}};
  const AggregateCall most{AggregateFunction::max, {column(1, bigint)}, bigint, nullptr, false, {}};
  const NodeId grouped =
      plan.add(Aggregate{both, {column(3, bigint)}, {sum, most}}, {{"n", bigint}, {"sum", numeric}, {"max", bigint}});
  plan.output("rows", both, {{{1, false, false}}});
  plan.output("groups", grouped);
  return plan;
}

constexpr std::int64_t groups = 100;

void feed(Circuit& circuit, std::int64_t from, std::int64_t to, std::int64_t weight) {
  for (std::int64_t id = from; id < to; ++id) {
    const std::vector<Value> left{Value::of_bigint(id), Value::of_bigint(id * 7 % 1'000'003)};
    const std::vector<Value> right{Value::of_bigint(id), Value::of_bigint(id % groups)};
    circuit.input(0).add(Row::of(left).view(), weight);
    circuit.input(1).add(Row::of(right).view(), weight);
    if (id % 4096 == 4095) circuit.step();
  }
  circuit.step();
}

// All that the circuit shows, as one number.
std::uint64_t sum_of(const Circuit& circuit) {
  std::uint64_t sum = circuit.rows(0).size();
  const auto add = [&](RowView row, std::int64_t weight) {
    sum += row.hash() * static_cast<std::uint64_t>(weight);
    return true;
  };
  circuit.rows(0).read(0, {}, false, add);
  circuit.rows(1).scan(add);
  return sum;
}

std::uint64_t bytes_of(const Circuit& circuit) {
  std::uint64_t bytes = 0;
  for (const NodeState& state : circuit.state()) bytes += state.bytes;
  return bytes;
}

std::unique_ptr<ScratchFile> scratch_in(const tests::TempDir& directory) {
  return std::make_unique<ScratchFile>(directory.path());
}

std::size_t data_size() {
  std::size_t pages = 0;
  FILE* statm = std::fopen("/proc/self/statm", "r");
  REQUIRE(std::fscanf(statm, "%*u %*u %*u %*u %*u %zu", &pages) == 1);
  std::fclose(statm);
  return pages * static_cast<std::size_t>(getpagesize());
}

// What it returns, in a process that may have so much more memory of its own; -1 where it doesn't come to an end.
int within(std::size_t bytes, const std::function<int()>& run) {
  const pid_t child = fork();
  if (child == 0) {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = data_size() + bytes;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) _exit(9);
    int result = 8;
    try {
      result = run();
    } catch (const std::bad_alloc&) {
      result = 7;
    } catch (const std::exception&) {
    }
    _exit(result);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they have memory of their own

TEST_CASE("state may be several times as large as memory") {
  const std::int64_t rows = 300'000;
  const std::size_t memory = 20 << 20;
  Circuit in_memory{joined_plan()};
  feed(in_memory, 0, rows, 1);
  feed(in_memory, 1'000, 50'000, -1);
  const std::uint64_t expected = sum_of(in_memory);
  REQUIRE(bytes_of(in_memory) > 4 * memory);

  const tests::TempDir directory;
  const auto run = [&](std::unique_ptr<ScratchFile> scratch) {
    Circuit circuit{joined_plan(), std::move(scratch)};
    feed(circuit, 0, rows, 1);
    feed(circuit, 1'000, 50'000, -1);
    return sum_of(circuit) == expected ? 0 : 1;
  };
  REQUIRE(within(memory, [&] { return run(scratch_in(directory)); }) == 0);
  REQUIRE(within(memory, [&] { return run(nullptr); }) == 7);
  REQUIRE(std::filesystem::is_empty(directory.path()));
}

#endif

TEST_CASE("where there is no room the step is a failure in words, and so is each after it") {
  const tests::TempDir directory;
  const auto run = [&] {
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = 6 << 20;  // of any file: the scratch file stops growing here
    std::signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 9;
    Circuit circuit{joined_plan(), scratch_in(directory)};
    for (const FailureCode code : {FailureCode::disk_full, FailureCode::closed}) {
      try {
        feed(circuit, 0, 100'000, 1);
        return 1;
      } catch (const Failure& failure) {
        if (failure.code() != code) return 2;
        if (std::string(failure.what()).find("state") == std::string::npos) return 3;
      }
    }
    return 0;
  };
  REQUIRE(within(std::size_t{1} << 40, run) == 0);
  REQUIRE_THROWS_AS(ScratchFile("/nowhere/at/all"), Failure);
}

TEST_CASE("memory of a scratch file is used again, and never twice at once") {
  const std::uint64_t seed = test_seed();
  INFO("LATERBASE_SEED=" << seed);
  Random random{seed};
  const tests::TempDir directory;
  ScratchFile file{directory.path()};
  struct Held {
    char* at;
    std::size_t bytes;
    char filled;
  };
  std::vector<Held> held;
  for (std::uint64_t turn = 0; turn < test_size(2'000, 200'000); ++turn) {
    if (held.size() > 40 || (!held.empty() && random.one_in(3))) {
      std::swap(held[random.below(held.size())], held.back());
      const Held one = held.back();
      held.pop_back();
      REQUIRE(std::all_of(one.at, one.at + one.bytes, [&](char byte) { return byte == one.filled; }));
      file.free(one.at, one.bytes);
      continue;
    }
    const std::size_t bytes = 1 + random.below(std::uint64_t{1} << (1 + random.below(random.one_in(20) ? 22 : 14)));
    const Held one{file.allocate(bytes), bytes, static_cast<char>(random.below(256))};
    REQUIRE(reinterpret_cast<std::uintptr_t>(one.at) % 16 == 0);
    std::fill_n(one.at, bytes, one.filled);
    held.push_back(one);
  }
  REQUIRE(file.size() < std::uint64_t{1} << 30);
}

}  // namespace
}  // namespace laterbase::ivm
