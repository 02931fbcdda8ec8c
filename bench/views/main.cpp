#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "bench/views/fold.h"
#include "bench/views/http.h"
#include "bench/views/tree.h"
#include "bench/views/workload.h"
#include "engine/ivm/circuit.h"

// ./dev bench views [--quick | --rows N] [--only W3|fold|ingest] [--http | --in-process]: each question's circuit
// beside its goal and beside a program written by hand for just that question, in process and in one thread; then over
// HTTP.
namespace {

using namespace laterbase;
using namespace laterbase::bench;

constexpr std::size_t single_changes = 10'000;
constexpr std::size_t batch_rows = 1'000;

// By the clock: to ask for the thread's processor time costs as much as a change. Medians leave out what others took.
double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename Run>
double microseconds(Run&& run) {
  const double began = now_us();
  run();
  return now_us() - began;
}

double median_of(std::vector<double> all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

// The table's rows, changed all the time and never more or fewer: a row comes, then one that is there goes.
class Changes {
 public:
  Changes(const Workload& workload, std::uint64_t base_rows) : workload_(workload), base_rows_(base_rows), random_(1) {
    while (rows_.size() < base_rows) rows_.push_back(workload.row(number_++, base_rows, random_));
  }
  const std::vector<TableChange>& base() const { return rows_; }

  std::vector<TableChange> take(std::size_t count) {
    std::vector<TableChange> changes;
    while (changes.size() < count) {
      changes.push_back(workload_.row(number_++, base_rows_, random_));
      TableChange& leaving = rows_[leaving_place()];
      changes.push_back(leaving);
      changes.back().weight = -1;
      leaving = changes[changes.size() - 2];
    }
    return changes;
  }

 private:
  // Of rows like the one that came: the base's first rows stay, where others refer to them.
  std::size_t leaving_place() { return base_rows_ / 2 + random_.below(base_rows_ - base_rows_ / 2); }

  const Workload& workload_;
  std::uint64_t base_rows_;
  Random random_;
  std::uint64_t number_ = 0;
  std::vector<TableChange> rows_;
};

// The circuit, given the same changes as packed rows.
class Running {
 public:
  explicit Running(const Workload& workload) : circuit_(workload.plan()) {
    const ivm::Plan& plan = circuit_.plan();
    for (ivm::NodeId node = 0; node < plan.nodes().size(); ++node) {
      if (std::holds_alternative<ivm::Input>(plan.node(node).operation)) inputs_.push_back(node);
    }
  }
  void apply(std::span<const TableChange> changes) {
    for (const TableChange& change : changes) {
      const std::size_t columns = circuit_.plan().schema(inputs_[change.table]).size();
      builder_.begin(columns);
      for (std::size_t i = 0; i < columns; ++i) builder_.word(i, change.values[i]);
      circuit_.input(inputs_[change.table]).add(builder_.finish(), change.weight);
    }
    circuit_.step();
  }
  // What a subscriber does, and a reader: the changes, and whether the view has such a row.
  std::int64_t read() const {
    std::int64_t sum = 0;
    for (const ivm::Change& change : circuit_.changes(0)) sum += change.weight;
    if (!circuit_.changes(0).empty()) sum += circuit_.rows(0).weight_of(circuit_.changes(0)[0].row);
    return sum;
  }
  std::uint64_t answer_rows() const { return circuit_.rows(0).size(); }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const ivm::NodeState& state : circuit_.state()) bytes += state.bytes;
    return bytes;
  }

 private:
  ivm::Circuit circuit_;
  std::vector<ivm::NodeId> inputs_;
  ivm::RowBuilder builder_;
};

struct Figures {
  double build_rows_per_us, single_us, batch_rows_per_us, by_hand_rows_per_us, bytes_a_row;
};

std::int64_t sink = 0;

Figures measure(const Workload& workload, std::uint64_t base_rows) {
  Changes changes{workload, base_rows};
  Running circuit{workload};
  const auto by_hand = workload.by_hand();
  Figures figures{};
  const std::span base{changes.base()};
  figures.build_rows_per_us = static_cast<double>(base_rows) / microseconds([&] {
                                for (std::size_t at = 0; at < base.size(); at += batch_rows) {
                                  circuit.apply(base.subspan(at, std::min(batch_rows, base.size() - at)));
                                }
                              });
  by_hand->apply(base);

  std::vector<double> singles, batches, batches_by_hand;
  const auto one_by_one = changes.take(single_changes);
  for (std::size_t at = 0; at < one_by_one.size(); ++at) {
    singles.push_back(microseconds([&] {
      circuit.apply(std::span{one_by_one}.subspan(at, 1));
      sink += circuit.read();
    }));
  }
  by_hand->apply(one_by_one);
  for (std::size_t turn = 0; turn < 200; ++turn) {
    const auto batch = changes.take(batch_rows);
    batches.push_back(microseconds([&] {
      circuit.apply(batch);
      sink += circuit.read();
    }));
    batches_by_hand.push_back(microseconds([&] { by_hand->apply(batch); }));
  }
  if (circuit.answer_rows() != by_hand->answer_rows()) {
    throw std::runtime_error(
        fmt::format("{}: {} rows, by hand {}", workload.name(), circuit.answer_rows(), by_hand->answer_rows()));
  }
  figures.single_us = median_of(singles);
  figures.batch_rows_per_us = static_cast<double>(batch_rows) / median_of(batches);
  figures.by_hand_rows_per_us = static_cast<double>(batch_rows) / median_of(batches_by_hand);
  figures.bytes_a_row = static_cast<double>(circuit.bytes()) / static_cast<double>(base_rows);
  return figures;
}

void print(const Workload& workload, std::uint64_t base_rows, const Figures& figures) {
  const auto mark = [](bool reached) { return reached ? "" : " !"; };
  fmt::print("{:<32}{:>10}{:>9.2f}{:>7.1f}{:<2}{:>9.2f}{:>7.1f}{:<2}{:>9.1f}{:>9.2f}{:>8.0f}\n", workload.name(),
             base_rows, figures.single_us, workload.goal_single_us(),
             mark(figures.single_us <= workload.goal_single_us()), figures.batch_rows_per_us,
             workload.goal_batch_rows_per_us(), mark(figures.batch_rows_per_us >= workload.goal_batch_rows_per_us()),
             figures.by_hand_rows_per_us, figures.build_rows_per_us, figures.bytes_a_row);
  std::fflush(stdout);
}

void measure_in_process(const std::vector<std::uint64_t>& sizes, const std::string& only) {
  fmt::print("{:<32}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}\n", "", "base rows", "single", "goal", "batch", "goal",
             "by hand", "build", "bytes");
  fmt::print("{:<32}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}\n", "", "", "us", "us", "M rows/s", "M rows/s",
             "M rows/s", "M rows/s", "a row");
  for (const std::uint64_t rows : sizes) {
    for (const auto& workload : workloads()) {
      if (workload->name().starts_with(only)) print(*workload, rows, measure(*workload, rows));
    }
    if (std::string_view("W7").starts_with(only)) fmt::print("{}", told(measure_tree(rows), rows));
    if (std::string_view("fold").starts_with(only)) fmt::print("{}", told(measure_fold(rows), rows));
  }
  fmt::print(
      "! misses its goal (which is for 100,000 rows). Single: one change, its step, and a read; batch: 1,000 of "
      "them.\n");
}

}  // namespace

namespace laterbase::bench {

std::vector<std::unique_ptr<Workload>> workloads() {
  std::vector<std::unique_ptr<Workload>> all;
  for (auto* make : {filter_workload, aggregate_workload, join_workload, three_workload, top_workload,
                     distinct_workload, semi_workload}) {
    all.push_back(make());
  }
  return all;
}

}  // namespace laterbase::bench

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes{100'000, 1'000'000};
  std::string only;
  bool in_process = true, over_http = true;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) sizes = {100'000};
    if (std::strcmp(argv[i], "--rows") == 0 && i + 1 < argc) sizes = {std::strtoull(argv[++i], nullptr, 10)};
    if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
    if (std::strcmp(argv[i], "--http") == 0) in_process = false;
    if (std::strcmp(argv[i], "--in-process") == 0) over_http = false;
  }
  if (in_process && only != "ingest") measure_in_process(sizes, only);
  for (std::size_t i = 0; over_http && i < sizes.size(); ++i) measure_over_http(sizes[i], i == 0, only);
  return sink == 1 ? 1 : 0;
}
