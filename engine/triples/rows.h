#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/ivm/row.h"
#include "engine/ivm/row_pool.h"
#include "engine/triples/cell.h"
#include "engine/triples/version.h"

// The rows of a table, each with a number that it keeps. What the facts of a subject have become lies packed, in a
// block of bytes; rows that change are opened, and packed again some time after.
//
// Threads: one at a time; while nobody changes anything, any number may read. Lifetime: a RowView and a subject until
// that row is shown anew, opened, packed or erased. Errors: Failure of the memory, of whatever may need some.
// Cost: about 24 bytes a row, and 9 to 18 of the index, are on the heap; all else is in `memory`.
namespace laterbase::triples {

// One subject's facts, to be changed.
struct RowState {
  Version died, lived;      // the last death and the last sign of life
  std::vector<Cell> cells;  // of each column; empty for the key's
};

struct RowsOptions {
  ivm::Memory memory;
  std::size_t most_open = 1'024;  // rows that may stay open; beyond it all are packed
};

class Rows {
 public:
  using Number = std::uint32_t;

  Rows(std::size_t columns, RowsOptions options);
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::size_t size() const noexcept { return index_.size(); }
  std::optional<Number> find(std::string_view subject) const;
  Number add(std::string_view subject, RowState state);  // of a subject that is not there yet
  void erase(Number number) noexcept;
  std::string_view subject(Number number) const;
  void for_each(const std::function<void(Number)>& visit) const;  // by number

  // To be changed; until pack_some() or pack_all().
  RowState& open(Number number);
  RowState read(Number number) const;  // a copy
  Cell cell(Number number, std::size_t column) const;
  void replace(Number number, RowState state) { open(number) = std::move(state); }
  void pack_some();  // all, where too many are open
  void pack_all();

  // What readers are shown of it: none until show() has been called.
  ivm::RowView shown(Number number) const noexcept { return entries_[number].row; }
  void show(Number number, ivm::RowView row);  // copies it; null: nothing any more

  // Set once, until it is taken away: true where it was not set.
  bool mark_touched(Number number) noexcept { return !std::exchange(entries_[number].touched, true); }
  void clear_touched(Number number) noexcept { entries_[number].touched = false; }
  bool mark_unsaved(Number number) noexcept { return !std::exchange(entries_[number].unsaved, true); }
  void clear_unsaved(Number number) noexcept { entries_[number].unsaved = false; }

  // Of packed rows. A cell's bytes are what Cell::save() writes; none of an empty one.
  struct PackedCell {
    std::string_view bytes;
    bool unsaved;
  };
  struct PackedRow {
    Version died, lived;
    std::vector<PackedCell> cells;
  };
  PackedRow packed(Number number) const;
  PackedCell packed_cell(Number number, std::size_t column) const;
  void mark_cells(Number number, bool unsaved);  // open or packed

  std::size_t bytes() const noexcept { return pool_.bytes(); }

 private:
  struct Entry {
    ivm::RowView row;
    char* packed = nullptr;  // none: it is open
    bool touched = false, unsaved = false;
  };
  struct Open {
    std::string subject;
    RowState state;
  };
  struct Place {
    std::uint32_t hash;
    Number number;
  };
  struct Wanted {
    std::uint32_t hash;
    std::string_view subject;
  };
  struct PlaceHash {
    using is_transparent = void;
    std::size_t operator()(const Place& place) const noexcept { return place.hash; }
    std::size_t operator()(const Wanted& wanted) const noexcept { return wanted.hash; }
  };
  struct PlaceEqual {
    using is_transparent = void;
    const Rows* rows;
    bool operator()(const Place& one, const Place& other) const noexcept { return one.number == other.number; }
    bool operator()(const Wanted& wanted, const Place& place) const {
      return wanted.hash == place.hash && rows->subject(place.number) == wanted.subject;
    }
    bool operator()(const Place& place, const Wanted& wanted) const { return (*this)(wanted, place); }
  };

  static std::uint32_t hash_of(std::string_view subject) noexcept;
  Number fresh_number();
  RowState unpacked(const char* packed) const;
  void pack(Number number, const Open& open);
  void drop_packed(Entry& entry) noexcept;

  std::size_t columns_, most_open_;
  ivm::RowPool pool_;
  std::vector<Entry> entries_;
  std::vector<Number> free_;
  std::unordered_map<Number, Open> open_;
  boost::unordered_flat_set<Place, PlaceHash, PlaceEqual> index_;
  std::string buffer_;  // of pack()
};

}  // namespace laterbase::triples
