#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/event.h"
#include "engine/folds/fold.h"
#include "engine/ivm/batch.h"
#include "views/key_range.h"
#include "views/sql/catalog.h"

// Relations that code makes of the events, beside the tables that facts make: views read them like tables, statements
// don't write them. folds are such relations (fold_relation.h).
namespace laterbase::views {

class LogReader {
 public:
  virtual ~LogReader() = default;
  // Entries after `after` up to and with `until`, in log order, until it says false.
  virtual void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) = 0;
  // The keys, and the entries, at these positions, in this order; entries until `visit` says false.
  virtual void keys_at(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit);
  virtual void entries_at(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit);
  // Whether events can be read by their keys; and the events of a range, as the log had them up to and with `until`.
  virtual bool knows_keys() const noexcept { return false; }
  virtual void read_keys(const KeyRange&, Lc /*until*/, const std::function<bool(const Event&)>& /*visit*/) {}
};

// Threads: one at a time; while nobody applies, any number may read. Errors: what the log throws.
class RelationSource {
 public:
  virtual ~RelationSource() = default;

  // Its name and columns; it never changes.
  virtual const sql::Relation& relation() const noexcept = 0;

  // The log's next entry, as it stands there: aside or replacing others too.
  virtual void apply(const Event& event) = 0;
  // All that was applied since the last flush shows in the rows; what has changed in them is added.
  virtual void flush(ivm::Batch& changes) = 0;

  // Empty where the rows are right; otherwise why they are not, in words. Changes with flush() only.
  virtual std::string trouble() const = 0;
  virtual void scan(const std::function<void(ivm::RowView)>& visit) const = 0;
  // The row whose first column is that text; none where there is none.
  virtual ivm::RowView find(const std::string& key) const = 0;
  // The rows as if only events of keys up to `until` existed: all, or with a key only its. False where it can't tell,
  // and what was visited is of no use then.
  virtual bool scan_at(const Ulid& until, const std::string* key,
                       const std::function<void(ivm::RowView)>& visit) const = 0;
  // Events that its code can't read: how many, and the first of them.
  virtual std::uint64_t undecodable() const noexcept = 0;
  virtual std::vector<folds::PassedOver> passed_over() const = 0;
  virtual std::uint64_t rows() const noexcept = 0;
  virtual std::uint64_t bytes() const noexcept = 0;

  // For a checkpoint, after a flush: what load() of a new one takes. Empty where it has to read the log again.
  virtual std::string save() const = 0;
  // False, and it is as new, where other code saved it or it is damaged: then apply the log from its beginning.
  // Where true, the next flush() gives all rows.
  virtual bool load(std::string_view saved) = 0;
};

// Makes one that reads from that log.
using SourceMaker = std::function<std::unique_ptr<RelationSource>(LogReader& log)>;

}  // namespace laterbase::views
