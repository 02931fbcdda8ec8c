#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ivm/value.h"
#include "engine/triples/shape.h"
#include "engine/triples/stored_bytes.h"
#include "engine/triples/version.h"

// One cell of a table: the facts of one subject and attribute, merged. The same set of facts gives the same cell,
// whatever their order; a fact that comes twice counts once.
//
//   last_writer  the value of the greatest version
//   counter      the sum of {"inc": n}; 0 of none. NULL where it does not fit the column's type
//   set          the elements of {"add": x} that no {"remove": x} has taken away, in their order. A remove takes away
//                the adds with a smaller version; with "seen": [keys] just those of these events, so that an add that
//                the remover did not know of stays
//   max, min     the greatest or least value; NULLs don't count
// Cost: last_writer, max and min keep what can still matter (max: values that no later one exceeds), a counter each of
// its facts.
namespace laterbase::triples {

// Makes values of JSON: it knows PostgreSQL's types, this room doesn't. Threads: any.
class ValueReader {
 public:
  virtual ~ValueReader() = default;
  // Nothing where the JSON is not a value of that column; NULL for null.
  virtual std::optional<ivm::Value> read(std::string_view json, const Column& column) const = 0;
  // The key's values of a subject; nothing where it is not the text that such values are given.
  virtual std::optional<std::vector<ivm::Value>> read_subject(std::string_view subject, const Shape& shape) const = 0;
};

class Cell {
 public:
  // Nothing where all is well (the fact may still have lost), otherwise why the fact is refused.
  std::optional<std::string> merge(const Column& column, const Version& version, std::string_view json,
                                   const ValueReader& reader);
  // Forgets what was written up to that version.
  void forget(const Version& until);
  bool empty() const noexcept { return entries_.empty(); }
  ivm::Value value(const Column& column) const;
  // Whether what that fact said counts now: it is the value, or a part of it; what it removed is not there.
  bool counts(const Column& column, const Version& version, std::string_view json, const ValueReader& reader) const;
  // The keys of the adds of this element: what a remove writes into "seen".
  std::vector<Ulid> adds_of(const ivm::Value& element) const;

  // All of it as bytes, and back. Errors: false, where they are not of a cell.
  void save(std::string& to) const;
  bool load(ByteReader& from);
  // Whether it has changed since that was taken last.
  bool is_unsaved() const noexcept { return unsaved_; }
  bool take_unsaved() noexcept { return std::exchange(unsaved_, false); }
  void mark_unsaved() noexcept { unsaved_ = true; }

 private:
  enum class Kind : std::uint8_t { plain, remove, dead };
  struct Entry {
    Version version;
    ivm::Value value;
    Kind kind = Kind::plain;
  };

  void write(const Version& version, ivm::Value value);
  void count(const Version& version, ivm::Value value);
  void bound(const Version& version, ivm::Value value, bool greatest);
  std::optional<std::string> change_set(const Column& column, const Version& version, std::string_view json,
                                        const ValueReader& reader);
  void kill(const ivm::Value& element, const std::vector<Ulid>& seen);
  bool is_live(const Entry& add) const;
  void insert(Entry entry);

  std::vector<Entry> entries_;  // ascending by version but for last_writer's one
  bool unsaved_ = false;
};

// {"inc": 1}: the members of an object of at most two, as they stand there. Nothing where it is not one.
struct Operation {
  std::string name;
  std::string_view argument;
  std::string_view seen;  // of the second member, which has that name
};
std::optional<Operation> read_operation(std::string_view json);

}  // namespace laterbase::triples
