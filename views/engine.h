#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/snapshot.h"
#include "engine/ivm/budget.h"
#include "engine/triples/store.h"
#include "views/definition.h"
#include "views/engine_state.h"
#include "views/feed.h"
#include "views/relation_source.h"
#include "views/running.h"
#include "views/sql/statement.h"
#include "views/values.h"

// What a database shows, as of one position of its log: its tables, and its views as circuits. It follows the log: give
// it the entries after its position and say where a commit ends; then every circuit takes one step.
//
// A view is built beside what is served, in batches; what happens meanwhile is kept for it. Small ones are built at
// once, large ones by whoever runs the jobs that take_jobs() gives, elsewhere.
//
// Threads: one at a time; while nobody changes anything, any number may read. Errors: Failure where the log can't be
// read; a definition that can't be followed breaks its view, and nothing else.
namespace laterbase::views {

struct View;

// Beside the engine, a view on its way: fed off the lock, then handed back.
struct Build {
  std::string view;
  std::unique_ptr<Running> running;
  std::vector<ivm::Batch> rows;  // of each of running's inputs
  Lc events_until = 0;           // events are read from the log up to here
  std::uint64_t total = 0;
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> cancelled{false};
  std::vector<std::pair<std::size_t, ivm::Batch>> missed;  // input, changes since: under the database's lock
  std::string trouble;
};

struct View {
  std::string name;
  ViewDefinition definition;
  bool local = false;
  std::unique_ptr<Running> running;  // what is served; null until the first build is done
  std::shared_ptr<Build> build;      // what shall be served
  std::string broken;                // why nothing is
  bool may_heal = false;             // other rows may make it computable
  Lc changed = 0;                    // the last commit that changed it
  bool frozen = false;               // a table that it reads has other columns now: it waits to be built anew
  StoredCircuit stored;              // as the last save has it
  bool unsaved = true;               // running has gone on since
  std::uint64_t save_bytes = 0;      // what it costs to save it, about
  std::vector<std::vector<ivm::Order>> indexes;  // an empty one has been dropped
};

// What there is to be shown, whoever defined it.
struct Definitions {
  std::set<std::string, std::less<>> names;  // tables, views and sources
  triples::Definitions replicated;
  std::map<std::string, ViewDefinition> local;
  bool operator==(const Definitions&) const = default;
};

// An order in which the rows of a relation can be read.
struct KeptOrder {
  const char* name = "index";  // as EXPLAIN calls it
  std::vector<ivm::Order> order;
  std::size_t number = 0;  // of a view's circuit
  bool is_key = false;     // no two rows are equal in it, and no value is NULL
};

// The relation events up to a position, until `visit` says false: an entry that was replaced comes and goes.
void scan_events(LogReader& log, Lc until, const std::function<bool(ivm::RowView, std::int64_t)>& visit);

// Why a view is broken that a machine has no memory for: as with a step's budget, another try would cost as much.
inline const std::string no_memory = std::string(ivm::Budget::spent) + ": there is no memory left for it";

class Engine : private triples::EventSource, public sql::Catalog {
 public:
  // Rows of tables and views' state lie in scratch files in that directory, where one is given, otherwise in memory.
  explicit Engine(LogReader& log, std::string scratch = {});
  ~Engine() override;

  Lc position() const noexcept { return position_; }
  // Takes in the log up to `until` as one commit. While it is loading, only tables and the views that were loaded are
  // kept up.
  void follow(Lc until);
  // The same of other entries than those after the position.
  using Visit = std::function<bool(const Event&)>;
  using Entries = std::function<void(const Visit&)>;
  void follow(const Entries& entries, Lc until);
  void finish_loading();
  bool is_loading() const noexcept { return loading_; }

  triples::Store& store() noexcept { return store_; }
  const triples::Store& store() const noexcept { return store_; }
  const std::map<std::string, View, std::less<>>& views() const noexcept { return views_; }
  const View* view(std::string_view name) const;
  // Relations that code makes. One that is added has taken in the log up to the position, and has been flushed into
  // nothing; it takes the place of one with its name.
  void add_source(std::unique_ptr<RelationSource> source);
  void drop_source(const std::string& name);
  const RelationSource* source(std::string_view name) const;
  const std::map<std::string, std::unique_ptr<RelationSource>, std::less<>>& sources() const noexcept {
    return sources_;
  }
  const Ulid& greatest_key() const noexcept { return greatest_key_; }

  // What statements may name, as definitions on trial have it too.
  const sql::Relation* find(std::string_view name) const override;
  std::optional<sql::SqlError> trouble_of(std::string_view name) const override;
  sql::SqlResult<sql::Query> bind_view(const ViewDefinition& definition, bool local) const;
  // The circuit of a view or tree, without rows.
  sql::SqlResult<std::unique_ptr<Running>> make_running(const ViewDefinition& definition, bool local) const;

  // From here on relations are as they are now.
  void forget_relations() const {
    relations_.clear();
    troubles_.clear();
  }

  // Facts on trial (triples/store.h): everything shows them until the end.
  void begin_trial();
  std::optional<std::string> try_facts(const Ulid& key, std::uint32_t first_index, const triples::Facts& facts);
  void end_trial();
  // A view whose circuit has what scan() gives of it; null where it has to be computed, as on a trial of facts.
  const View* current_view(const std::string& name) const;

  // What a relation is made of, and nothing else: for an engine that shows the same of another moment.
  Definitions definitions_of(const std::string& relation) const;
  // Nothing has been taken in yet: definitions are these, whatever the log says of them.
  void give_definitions(Definitions definitions);

  // How a table or view that is there can be read. A table's orders are its key's, its unique constraints' and its
  // indexes'; they are sorted when they are used first.
  std::vector<KeptOrder> orders_of(const triples::Table& table, const std::string& name) const;
  static std::vector<KeptOrder> orders_of(const View& view);
  LogReader& log() const noexcept { return log_; }

  // Definitions of this node alone.
  void define_local(const std::string& name, const ViewDefinition& definition);
  void drop_local(const std::string& name);

  // Rows of a relation now, as a trial has it. False where there is no such relation, or its view is broken.
  sql::SqlResult<void> scan(const std::string& relation, bool with_subject, const RowSink& sink) const;
  // A query's answer, computed once.
  sql::SqlResult<std::unique_ptr<Running>> evaluate(const sql::Query& query) const;
  sql::SqlResult<std::unique_ptr<Running>> evaluate(const ViewDefinition& tree) const;

  // Changes of a relation from now on; made where there is none.
  Feed& feed(const std::string& relation);
  void wake_all() noexcept;
  // Those who follow another engine's relations follow this one's, from their beginning.
  void take_followers_of(Engine& other);

  // Builds to be run elsewhere; then finish() them here.
  std::vector<std::shared_ptr<Build>> take_jobs() { return std::exchange(jobs_, {}); }
  static void run(Build& build, LogReader& log);
  void finish(const std::shared_ptr<Build>& build);

  // Saving (checkpoint.h): all that a restart needs to go on from here. saved() says whether it is durable, before the
  // next save. Threads: save() changes nothing that a reader looks at.
  EngineState save();
  void saved(const EngineState& state, bool durable);
  bool has_unsaved() const;
  // So many bytes of the log would a restart have to fold again, and so many would a save write, about.
  std::uint64_t unsaved_work() const noexcept { return unsaved_work_; }
  std::uint64_t save_cost() const;
  // Into an engine that has only local definitions. What can't be taken of views is built when finish_loading() comes.
  // Errors: false, where not even the tables can be taken; it then begins with an empty log.
  bool load(ReadTxn& txn, const EngineState& state, const ReadCircuit& read);

  // One row of the relation events.
  static ivm::RowView event_row(const Event& event, ivm::RowBuilder& builder);

 private:
  using Changes = std::map<std::string, ivm::Batch, std::less<>>;

  void read(const std::vector<Lc>& positions, const std::function<void(const Event&)>& visit) override;
  void apply(const Event& event, ivm::Batch* rows);
  bool anybody_reads(std::string_view relation) const;
  void step(Changes& with_subject);
  void step_source(RelationSource& source, Changes& plain);
  void renew_feed(const std::string& relation);
  void step_view(View& view, Changes& with_subject, Changes& plain);
  void step_running(View& view, Changes& with_subject, Changes& plain);
  void record(const std::string& relation, const ivm::Batch& changes);
  void record_patch(View& tree);
  const ivm::Batch* changes_for(const Running::Input& input, Changes& with_subject, Changes& plain) const;

  void definitions_changed();
  void read_indexes();
  void sync_indexes();
  void sync_indexes(View& view);
  std::map<std::string, std::pair<ViewDefinition, bool>> wanted_definitions() const;
  void want_readers_of(const std::string& relation);
  void start_builds();
  void add_what_is_read(const std::string& relation, std::set<std::string, std::less<>>& names) const;
  bool start_build(const std::string& name);
  sql::SqlResult<std::unique_ptr<Running>> circuit_of(const View& view) const;
  bool waits_for_another(const Running& running, std::string* broken) const;
  void freeze_readers_of(const std::string& table);
  bool can_be_saved(const View& view) const;
  std::set<std::string> load_sources(const EngineState& state, const ReadCircuit& read);
  void load_views(const EngineState& state, const std::set<std::string>& sources, const ReadCircuit& read);
  bool load_view(View& view, const SavedView& saved, const std::set<std::string>& sources, const ReadCircuit& read);
  void begin(View& view, std::unique_ptr<Running> running);
  void install(View& view, std::unique_ptr<Running> running);
  void break_view(View& view, const std::string& why, bool may_heal);
  void drop_view(const std::string& name);
  void sort_views();
  sql::SqlResult<void> feed_all(Running& circuit, const std::vector<sql::PlanPtr>& plans) const;
  sql::SqlResult<void> scan_view(const std::string& name, const RowSink& sink) const;

  LogReader& log_;
  std::string scratch_;
  std::unique_ptr<ivm::ScratchFile> table_file_, order_file_;  // of the tables' rows and their orders; none: in memory
  FactValues values_;
  triples::Store store_;
  Lc position_ = 0;
  Ulid greatest_key_;
  bool loading_ = true;
  std::uint64_t unsaved_work_ = 0;
  bool on_trial_ = false;
  bool tried_ = false;  // some facts are
  std::map<std::string, std::unique_ptr<RelationSource>, std::less<>> sources_;
  std::map<std::string, View, std::less<>> views_;
  std::vector<View*> order_;      // each after those that it reads
  std::set<std::string> wanted_;  // views to be built
  std::vector<std::shared_ptr<Build>> jobs_;
  std::map<std::string, ViewDefinition> local_;
  struct Index {
    triples::Version version;  // of the definition: says what its names mean
    IndexDefinition definition;
  };
  std::multimap<std::string, Index, std::less<>> indexes_;  // by the relation that they are on
  std::map<std::string, Feed, std::less<>> feeds_;
  // Relations as the last statements saw them. Lifetime: until the next statement.
  mutable std::map<std::string, sql::Relation, std::less<>> relations_;
  mutable std::map<std::string, std::string, std::less<>> troubles_;  // of views that can't be bound
  mutable std::set<std::string, std::less<>> binding_;                // views whose SELECT is being bound
  mutable ivm::RowBuilder builder_;
};

}  // namespace laterbase::views
