#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sync/cell.h"

// Rateless invertible Bloom lookup tables (Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM
// 2024). A set's sketch is an endless row of cells; cell i holds about one in 1 + i/2 of the symbols. Take two
// sketches' beginnings from each other and what both sets have is gone; where what is left has cells with a single
// symbol, it can be peeled. About 1.4 cells a difference are enough, whatever the sets' sizes, and more cells are only
// ever appended:
//
//   mine     ▢▢▢▢▢▢▢▢      theirs   ▢▢▢▢▢▢▢▢  ──▶  mine − theirs  ▢▢▣▢▢▣▢▢  ▣ one symbol: out of all its cells, again
//
// Threads: a CellSet one at a time; the functions any.
namespace laterbase::sync {

// The cells that a symbol is in, ascending; the first is always 0. The same on every machine.
class CellWalk {
 public:
  explicit CellWalk(std::uint64_t symbol_hash) noexcept : random_(symbol_hash) {}
  std::uint64_t at() const noexcept { return static_cast<std::uint64_t>(at_); }
  void next() noexcept;

 private:
  std::uint64_t random_;
  std::int64_t at_ = 0;
};

// The first cells of a set that grows. Cost: 24 bytes a cell; an added symbol is in about 2 ln(cells) of them, 0.2 µs
// where there are 2^18.
class CellSet {
 public:
  explicit CellSet(std::size_t cells, const SketchOptions& options = {}) : options_(options), cells_(cells) {}

  void add(const Element& element) noexcept { change(element, 1); }
  void remove(const Element& element) noexcept { change(element, -1); }

  std::span<const Cell> cells() const noexcept { return cells_; }
  std::span<Cell> cells() noexcept { return cells_; }

 private:
  void change(const Element& element, int by) noexcept;

  SketchOptions options_;
  std::vector<Cell> cells_;
};

struct Difference {
  std::vector<Symbol> only_mine;    // ascending
  std::vector<Symbol> only_theirs;  // ascending
  bool complete = false;            // otherwise more cells are needed, or one side isn't true
};

// Takes the shorter row's length of both apart. What is found in an incomplete peel is nearly always right too.
// Theirs may be any bytes at all: memory is at most 100 bytes a cell, and the work ends after as many symbols as two a
// cell. Cost: about 0.3 µs a difference, 5 ns a cell.
Difference peel(std::span<const Cell> mine, std::span<const Cell> theirs, const SketchOptions& options = {});

}  // namespace laterbase::sync
