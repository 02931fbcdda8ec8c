#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/triples/store.h"

// Events made by hand, and readers for stores that are to be tested without SQL.
namespace laterbase::triples::tests {

// BIGINT and TEXT, and arrays of BIGINT; a key of one TEXT.
class PlainValues : public ValueReader {
 public:
  std::optional<ivm::Value> read(std::string_view json, const Column& column) const override;
  std::optional<std::vector<ivm::Value>> read_subject(std::string_view subject, const Shape& shape) const override;
};

// A log in memory, in the order in which its events arrived.
class MemoryLog : public EventSource {
 public:
  // The entry's position.
  Lc add(const Ulid& key, const std::string& value, Lc replaces = 0, bool aside = false);
  Event at(Lc lc) const;
  Lc head() const noexcept { return entries_.size(); }
  void read(const std::vector<Lc>& positions, const std::function<void(const Event&)>& visit) override;

 private:
  struct Entry {
    Ulid key;
    std::string value;
    Lc replaces;
    bool aside;
  };
  std::vector<Entry> entries_;
};

inline Ulid key_of(std::uint64_t n) { return {n << 16, n}; }

// Rows as text, each as often as it is there.
using Rows = std::map<std::string, std::int64_t>;
Rows rows_of(const Store& store, const std::string& table);
void apply(Rows& rows, const ivm::Batch& changes, const ivm::Schema& schema);

}  // namespace laterbase::triples::tests
