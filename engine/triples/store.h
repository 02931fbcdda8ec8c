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
#include "engine/triples/definitions.h"
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

class Store {
 public:
  Store(const ValueReader& reader, EventSource& source) : reader_(reader), source_(source) {}

  void apply(const Event& event);
  void flush(Delta& delta);

  // Nothing has been applied yet: definitions are these, whatever entries say of them.
  void give_definitions(Definitions definitions);

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

 private:
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
  void reject(Lc lc, const Ulid& key, std::uint32_t index, std::string reason);

  const ValueReader& reader_;
  EventSource& source_;
  Definitions definitions_;
  std::map<std::string, std::shared_ptr<Table>, std::less<>> tables_;
  std::map<std::string, std::vector<Lc>, std::less<>> positions_;  // by type: entries with facts of it
  std::set<std::string, std::less<>> stale_;                       // tables to be folded again
  std::set<std::string, std::less<>> touched_;
  std::vector<Reject> rejects_;
  bool definitions_changed_ = false;
  bool definitions_given_ = false;
  std::optional<Trial> trial_;
};

}  // namespace laterbase::triples
