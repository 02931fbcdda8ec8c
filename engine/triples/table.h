#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/events/event.h"
#include "engine/ivm/batch.h"
#include "engine/ivm/row.h"
#include "engine/storage/storage.h"
#include "engine/triples/fact.h"
#include "engine/triples/row_orders.h"
#include "engine/triples/rows.h"
#include "engine/triples/shape.h"
#include "engine/triples/stored_rows.h"

// A table: the facts of one type, folded into rows by what was declared of it.
//
// A row is there while its subject has a fact that is later than its last death. The attribute "" is about the row
// itself: {"exists":true} is a fact without a column, {"exists":false} a death. A death takes away, in all columns,
// what was written before it (by version, so on every node alike), also where that arrives after it; what is written
// later brings the row back with just that. The key's columns are read from the subject.
//
// An attribute's name means what it meant in the declaration that was in force at the fact's version; where that one
// doesn't have it, what it means in the next later one, then in earlier ones. So a rename carries the old facts along.
// In a strict table, facts that no declaration knows or whose value is not of the column's type are rejected, and a row
// that lacks a value of a NOT NULL column stays out. A lax one keeps to itself what it can't show.
//
// Threads: one at a time; while nobody applies, any number may read.
namespace laterbase::triples {

struct Declaration {
  Version version;
  Shape shape;
};

struct Reject {
  Lc lc = 0;
  Ulid key;
  std::uint32_t index = 0;  // of the fact in its event, from 1; 0: all of it
  std::string reason;
};

class Table {
 public:
  // `declarations` in the order of their versions, at least one; facts up to `floor` are of a table that was dropped.
  Table(std::vector<Declaration> declarations, const Version& floor, const ValueReader& reader, RowsOptions options,
        OrdersOptions orders = {});
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const Shape& shape() const noexcept { return declarations_.back().shape; }
  const std::vector<Declaration>& declarations() const noexcept { return declarations_; }
  const ivm::Schema& schema() const noexcept { return schema_; }  // the columns, then the subject

  // Rows change with the next flush(). Gives why a fact is refused.
  std::optional<std::string> apply(Lc lc, const Version& version, const Fact& fact);
  void flush(ivm::Batch* changes);

  std::size_t size() const noexcept { return shown_; }
  void scan(const std::function<void(ivm::RowView)>& visit) const;
  // The row as scan() visits it; null where none shows.
  ivm::RowView find(std::string_view subject) const;
  // Of the rows as scan() visits them a range in an order, or from its end, until `visit` says false. False where there
  // is no room for that order, and then none is visited.
  // Cost: the first time, sorts all rows; from then on the order is kept until keep_orders() of others.
  bool read(const std::vector<ivm::Order>& order, const ivm::Range& range, bool backwards,
            const std::function<bool(ivm::RowView)>& visit) const;
  void keep_orders(const std::vector<std::vector<ivm::Order>>& orders) { orders_.keep_only(orders); }
  // The column that a name of that version means now.
  std::optional<std::size_t> column_of(const Version& version, std::string_view name) const;
  // What has become of a fact: which column it is about, none where it is the row itself, and whether it counts now.
  // Nothing where it never got into a cell.
  struct Standing {
    std::optional<std::size_t> column;
    bool stands = false;
  };
  std::optional<Standing> standing(const Version& version, const Fact& fact) const;
  // Of a row that shows: what has been written of a column.
  Cell cell(std::string_view subject, std::size_t column) const;
  // Subjects of shown rows with these values in the columns of shape().unique[constraint].
  std::vector<std::string> find_unique(std::size_t constraint, ivm::RowView row) const;
  std::vector<Reject> rejects() const;

  // Between them, what is applied is on trial: the end takes it back.
  void begin_trial() { trial_.emplace(); }
  void end_trial();

  // Saving, as rows of the environment (layout.h) under an id: with the id of the last save that succeeded what has
  // changed since, with another one everything. saved() says whether it is durable; what is not is given again.
  void save(std::uint64_t id, StoredRows& cells, StoredRows& rejects);
  void saved(bool durable);
  std::uint64_t saved_as() const noexcept { return saved_as_; }  // 0: not at all
  std::size_t unsaved() const noexcept { return unsaved_.size(); }
  bool has_unsaved() const noexcept;
  std::size_t held() const noexcept { return rows_.size(); }  // also what does not show
  std::size_t held_rejects() const noexcept { return rejects_.size(); }
  // Into a table that has nothing yet. Errors: false, where that is not all there.
  bool load(ReadTxn& txn, std::uint64_t id, std::uint64_t rows, std::uint64_t rejects);

 private:
  struct Saving {
    std::uint64_t id = 0;
    std::vector<Rows::Number> rows;
    std::size_t rejects = 0;  // in all
  };
  struct Slot {
    bool known = false;
    std::optional<std::size_t> column;  // none: a field that is hidden
  };
  using Names = boost::unordered_flat_map<std::string, Slot>;

  void resolve_names();
  Slot resolve(const Version& version, std::string_view attribute) const;
  std::optional<Rows::Number> row_for(std::string_view subject);
  void live(RowState& row, const Version& version);
  void die(RowState& row, const Version& version);
  std::optional<std::string> apply_to(Rows::Number number, const Version& version, const Fact& fact);
  std::optional<std::string> check_key(std::string_view subject, std::size_t column, std::string_view json) const;
  std::optional<std::string> about_row(RowState& row, const Version& version, std::string_view json);
  std::optional<std::string> missing(const RowState& row) const;
  bool is_there(const RowState& row) const { return row.lived > row.died && !missing(row); }
  ivm::RowView build(std::string_view subject, const RowState& row);
  void show(Rows::Number number, ivm::RowView fresh, ivm::Batch* changes);
  std::size_t unique_hash(std::size_t constraint, ivm::RowView row, bool* has_null) const;
  void index(Rows::Number number, bool add);
  void save_lives(StoredRows& to);
  void save_cells(std::size_t column, bool all, StoredRows& to) const;
  bool load_rows(ReadTxn& txn, std::uint64_t id);
  bool load_row(std::string_view subject, BytesView life, const std::vector<BytesView>& cells);

  std::vector<Declaration> declarations_;
  Version floor_;
  const ValueReader& reader_;
  ivm::Schema schema_;
  std::vector<Names> names_;  // by declaration in force
  std::vector<ivm::Value> defaults_;
  Rows rows_;
  std::size_t shown_ = 0;
  std::vector<Rows::Number> touched_, unsaved_;
  std::uint64_t saved_as_ = 0;
  std::size_t rejects_saved_ = 0;
  Saving saving_;
  std::vector<std::unordered_multimap<std::size_t, Rows::Number>> unique_;
  RowOrders orders_;
  std::vector<Reject> rejects_;
  ivm::RowBuilder builder_;
  std::optional<std::unordered_map<Rows::Number, std::optional<RowState>>> trial_;  // what there was before
};

}  // namespace laterbase::triples
