#include "sync/rateless.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace laterbase::sync {
namespace {

constexpr unsigned count_mask = 15;

constexpr std::uint64_t low_bits(unsigned bits) { return (std::uint64_t{1} << bits) - 1; }

std::uint64_t symbol_hash(const Symbol& symbol) noexcept {
  char bytes[Ulid::kBytes + 1];
  symbol.key.store(bytes);
  store_le(bytes + Ulid::kBytes, symbol.value);
  return hash64({bytes, sizeof bytes});
}

// A symbol as a cell of one.
Cell cell_of(const Symbol& symbol, std::uint64_t hash, int count, const SketchOptions& options) noexcept {
  return {symbol.key, static_cast<std::uint32_t>(hash & low_bits(options.check_bits)), symbol.value,
          static_cast<std::uint8_t>(static_cast<unsigned>(count) & count_mask)};
}

void add_to(Cell& cell, const Cell& other) noexcept {
  cell.key.high ^= other.key.high;
  cell.key.low ^= other.key.low;
  cell.check ^= other.check;
  cell.value ^= other.value;
  cell.count = (cell.count + other.count) & count_mask;
}

Cell negative(Cell cell) noexcept {
  cell.count = -cell.count & count_mask;
  return cell;
}

// The cells of mine − theirs, and the symbols found in them so far.
class Peeling {
 public:
  Peeling(std::span<const Cell> mine, std::span<const Cell> theirs, const SketchOptions& options)
      : options_(options), cells_(mine.begin(), mine.begin() + std::min(mine.size(), theirs.size())) {
    for (std::size_t i = 0; i < cells_.size(); ++i) add_to(cells_[i], negative(theirs[i]));
  }

  Difference run() {
    for (std::size_t i = 0; i < cells_.size(); ++i) look_at(i);
    // Each symbol once, or a second time for one that was never there; what goes on beyond that is a lie.
    for (auto left = 2 * cells_.size(); left > 0 && !pure_.empty(); --left) take_next();
    return result();
  }

 private:
  bool maybe_pure(const Cell& cell) const noexcept { return cell.count == 1 || cell.count == count_mask; }

  void look_at(std::size_t at) {
    const Cell& cell = cells_[at];
    if (!maybe_pure(cell)) return;
    if ((symbol_hash({cell.key, cell.value}) & low_bits(options_.check_bits)) == cell.check) pure_.push_back(at);
  }

  // The cells of a symbol, in walk_; false where `at` is not among them: then it was no symbol but a mixture.
  bool walk(std::uint64_t hash, std::size_t at) {
    walk_.clear();
    bool found = false;
    for (CellWalk walk(hash); walk.at() < cells_.size(); walk.next()) {
      walk_.push_back(walk.at());
      found |= walk.at() == at;
    }
    return found;
  }

  void take_next() {
    const std::size_t at = pure_.back();
    pure_.pop_back();
    const Cell cell = cells_[at];
    if (!maybe_pure(cell)) return;
    const Symbol symbol{cell.key, cell.value};
    const std::uint64_t hash = symbol_hash(symbol);
    if ((hash & low_bits(options_.check_bits)) != cell.check || !walk(hash, at)) return;
    const bool mine = cell.count == 1;
    (mine ? found_.only_mine : found_.only_theirs).push_back(symbol);
    const Cell out = negative(cell);
    for (const std::size_t i : walk_) {
      add_to(cells_[i], out);
      look_at(i);
    }
  }

  // A mixture that looked like a symbol is taken out once and put back once, as the other side's.
  void cancel() {
    auto& [mine, theirs, complete] = found_;
    std::sort(mine.begin(), mine.end());
    std::sort(theirs.begin(), theirs.end());
    std::vector<Symbol> both;
    std::set_intersection(mine.begin(), mine.end(), theirs.begin(), theirs.end(), std::back_inserter(both));
    if (both.empty()) return;
    const auto in_both = [&](const Symbol& symbol) { return std::binary_search(both.begin(), both.end(), symbol); };
    std::erase_if(mine, in_both);
    std::erase_if(theirs, in_both);
  }

  Difference result() {
    cancel();
    const auto empty = [](const Cell& cell) { return cell == Cell{}; };
    found_.complete = !cells_.empty() && std::all_of(cells_.begin(), cells_.end(), empty);
    return std::move(found_);
  }

  SketchOptions options_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> pure_;  // candidates
  std::vector<std::size_t> walk_;
  Difference found_;
};

}  // namespace

Symbol symbol_of(const Element& element, const SketchOptions& options) noexcept {
  return {element.key, static_cast<std::uint8_t>(element.value.low & low_bits(options.value_bits))};
}

void CellWalk::next() noexcept {
  random_ *= 0xda942042e4dd58b5ULL;
  // Exact operations of IEEE 754 only, so that every machine takes the same steps; signed, which converts faster.
  const double root = std::sqrt(static_cast<double>(static_cast<std::int64_t>(random_ >> 12)) + 1.0);
  at_ += 1 + static_cast<std::int64_t>((static_cast<double>(at_) + 1.5) * (0x1p26 / root - 1.0));
}

void CellSet::change(const Element& element, int by) noexcept {
  const Symbol symbol = symbol_of(element, options_);
  const std::uint64_t hash = symbol_hash(symbol);
  const Cell one = cell_of(symbol, hash, by, options_);
  // First the whole walk, so that the cells are on their way from memory when they are changed.
  std::array<std::uint32_t, 64> at;
  CellWalk walk(hash);
  while (walk.at() < cells_.size()) {
    std::size_t steps = 0;
    for (; steps < at.size() && walk.at() < cells_.size(); walk.next()) {
      at[steps++] = static_cast<std::uint32_t>(walk.at());
      __builtin_prefetch(&cells_[walk.at()], 1);
    }
    for (std::size_t i = 0; i < steps; ++i) add_to(cells_[at[i]], one);
  }
}

Difference peel(std::span<const Cell> mine, std::span<const Cell> theirs, const SketchOptions& options) {
  return Peeling(mine, theirs, options).run();
}

}  // namespace laterbase::sync
