#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/ivm/batch.h"
#include "engine/storage/storage.h"
#include "engine/triples/definitions.h"
#include "engine/triples/stored_rows.h"
#include "engine/triples/table.h"

// All tables of a database, folded from the entries of its log: give it each entry once, in the log's order, then
// flush. What it shows depends only on the set of events.
//
// An entry that stands aside is passed over. One that replaces another takes that one's facts back: the tables that it
// touched are folded again from the log, as is a table whose declaration changes.
//
// Threads: one at a time; while nobody applies, any number may read. Errors: what the source throws.
// Cost: about a microsecond a fact; a table that is folded again costs all of its facts.
namespace laterbase::triples {

// The log again.
class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual void read(const std::vector<Lc>& positions, const std::function<void(const Event&)>& visit) = 0;
};

// What a flush changed.
struct Delta {
  std::map<std::string, ivm::Batch, std::less<>> rows;  // by table; columns, then the subject
  std::set<std::string, std::less<>> reshaped;          // tables that came, went or have other columns: all is new
  bool definitions = false;                             // some view or index was defined or dropped
};

// What has to be written. `fresh` are rows beyond all others that nobody refers to yet: they may be written before the
// rest, in several transactions. What else there is belongs into one.
struct Save {
  StoredRows fresh;               // ascending: to be appended
  StoredRows changed;             // to be put
  std::vector<std::string> gone;  // all keys that begin so, but before `changed`
};

// Takes away rows of ids that are not in use any more, at most `most`. False where there are none left.
bool erase_abandoned(WriteTxn& txn, const std::set<std::uint64_t>& ids, std::size_t most);
void erase_prefix(WriteTxn& txn, TableId table, const std::string& prefix);

class Store {
 public:
  Store(const ValueReader& reader, EventSource& source, RowsOptions rows = {}, OrdersOptions orders = {})
      : reader_(reader), source_(source), rows_(rows), orders_(std::move(orders)) {}

  void apply(const Event& event);
  void flush(Delta& delta);

  // Nothing has been applied yet: definitions are these, whatever entries say of them.
  void give_definitions(Definitions definitions);

  // Tables keep no other orders of their rows than these say.
  using Orders = std::function<std::vector<std::vector<ivm::Order>>(const std::string& name, const Table& table)>;
  void keep_orders(const Orders& orders) {
    for (auto& [name, table] : tables_) table->keep_orders(orders(name, *table));
  }

  // Null where there is none.
  const Table* table(std::string_view name) const;
  std::vector<std::string> tables() const { return definitions_.names(table_type); }
  const Definitions& definitions() const noexcept { return definitions_; }

  // Facts as if an event of that key had brought them; indexes go on from `first_index`. Until end_trial() everything
  // shows them, then it is as it was. Gives the first complaint that a strict table has, and goes on.
  void begin_trial();
  std::optional<std::string> try_facts(const Ulid& key, std::uint32_t first_index, const Facts& facts);
  void end_trial();

  // After `after`, in the log's order; rows that are kept out come last, with position 0.
  std::vector<Reject> rejects() const;

  // Saving, between flushes: what has to be written to kTriplesTable (layout.h) so that load() there finds all this.
  // saved() says whether it is durable, before the next save(); what is not is given again.
  Save save();
  void saved(bool durable);
  bool has_unsaved() const noexcept;
  // Into a store that has nothing yet. Errors: false, where it is not all there; it has nothing then.
  bool load(ReadTxn& txn);
  // Instead of load(): what is stored there is replaced by the first save.
  void replace(ReadTxn& txn);
  // Ids that are in use: see erase_abandoned().
  std::set<std::uint64_t> ids() const;

 private:
  // What the row of a type says (layout.h).
  struct TypeRow {
    std::uint64_t id = 0;  // of the positions; 0: there are none
    std::uint64_t positions = 0;
    std::uint64_t table_id = 0;  // 0: there is no table
    bool there = false;
    bool operator==(const TypeRow&) const = default;
  };
  struct Type {
    std::vector<Lc> positions;  // of entries with facts of it
    std::uint64_t id = 0;       // under which they are stored; 0: as none
    TypeRow row, saving;
  };
  using Types = std::map<std::string, Type, std::less<>>;

  struct TrialFact {
    Version version;
    std::string type, subject, attribute, value;
  };
  struct Trial {
    std::map<std::string, std::shared_ptr<Table>, std::less<>> tables;  // as they were
    std::set<const Table*> begun;
    std::vector<TrialFact> facts;
  };

  void fold(Lc lc, const Ulid& key, const Facts& facts);
  void take_back(Lc lc);
  void define(const Version& version, const Fact& fact);
  void refold_stale(Delta* delta);
  std::shared_ptr<Table> refolded(const std::string& name);
  std::shared_ptr<Table> fresh_table(const std::string& name) const;
  static void compare(const Table* before, const Table* after, const std::string& name, Delta& delta);
  Table* table_for(std::string_view type);
  void forget_position(std::string_view type, Lc lc);
  void forget_rejects(Lc lc);
  void save_type(const std::string& name, Type& type, Save& to);
  std::uint64_t save_table(const std::shared_ptr<Table>& table, Save& to);
  void save_positions(Type& type, Save& to);
  void save_definitions(Save& to);
  void save_rejects_and_head(Save& to);
  void abandon(std::string prefix) { abandoned_.push_back(std::move(prefix)); }
  // What a save that was cut off has left behind has ids beyond those known: no two lives may share one.
  void avoid_ids(ReadTxn& txn);
  bool load_all(ReadTxn& txn);
  bool load_definitions(ReadTxn& txn, std::uint64_t bytes, std::uint64_t hash);
  bool load_type(ReadTxn& txn, const std::string& name, ByteReader row);
  void reject(Lc lc, const Ulid& key, std::uint32_t index, std::string reason);

  const ValueReader& reader_;
  EventSource& source_;
  const RowsOptions rows_;
  const OrdersOptions orders_;
  Definitions definitions_;
  std::map<std::string, std::shared_ptr<Table>, std::less<>> tables_;
  Types types_;
  std::set<std::string, std::less<>> stale_;  // tables to be folded again
  std::set<std::string, std::less<>> touched_;
  std::vector<Reject> rejects_;
  bool definitions_changed_ = false;
  bool definitions_given_ = false;
  std::optional<Trial> trial_;

  std::uint64_t next_id_ = 1;
  std::uint64_t rejects_id_ = 0;  // under which they are stored; 0: as none
  std::size_t rejects_saved_ = 0;
  std::uint64_t definitions_bytes_ = 0, definitions_hash_ = 0;  // as they are stored
  bool definitions_unsaved_ = true;
  std::vector<std::string> abandoned_;  // prefixes of rows that nobody refers to any more
  struct Saving {
    std::vector<std::shared_ptr<Table>> tables;
    std::uint64_t rejects_id = 0;
    std::size_t rejects = 0, abandoned = 0;
    bool definitions = false;
  };
  Saving saving_;
};

}  // namespace laterbase::triples
