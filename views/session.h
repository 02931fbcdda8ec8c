#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/events/append.h"
#include "views/engine.h"
#include "views/outcome.h"

// One request's statements, run one after the other on an engine: what they write are facts, on trial while the request
// runs, so that the next statement sees them, and in the end one event. Nothing is written where any statement fails.
//
// Threads: under the database's lock, as long as it lives.
namespace laterbase::views {

struct SessionLimits {
  std::uint64_t max_event_bytes = 1 << 20;  // more becomes several events of one batch
};

class Session {
 public:
  // `row_names`: a ULID that no other request has, for rows without a key.
  Session(Engine& engine, const Ulid& row_names, const SessionLimits& limits);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Where it `may_write` not, all statements have to be such that only read; nothing of the others runs.
  Outcome<std::vector<StatementResult>> run(std::string_view text, const std::vector<sql::Parameter>& parameters,
                                            bool may_write = true);
  // A view of one name, from a door of its own.
  Outcome<void> define_view(const std::string& name, const ViewDefinition& definition, bool may_replace);
  Outcome<void> drop_view(const std::string& name);

  // The values of the events to be appended, in order; none where nothing was written.
  std::vector<std::string> events() const;

 private:
  friend class DataStatements;
  friend class DefinitionStatements;

  Outcome<StatementResult> run_one(const sql::Statement& statement);
  Outcome<StatementResult> select(const sql::Query& query);
  Outcome<StatementResult> explain(const sql::Explain& statement);
  Outcome<StatementResult> transaction(sql::TransactionStep step);

  // One more fact: ["type","subject","attribute",value]. Seen by what follows once apply() has been called.
  void write(std::string_view type, std::string_view subject, std::string_view attribute, std::string_view value);
  // The first complaint that a strict table has.
  Outcome<void> apply();
  void roll_back_to(std::size_t facts);

  Engine& engine_;
  Ulid row_names_;
  SessionLimits limits_;
  std::vector<std::string> facts_;
  std::size_t applied_ = 0;
  std::uint64_t rows_named_ = 0;
  std::optional<std::size_t> begun_at_;  // BEGIN: facts before it
};

}  // namespace laterbase::views
