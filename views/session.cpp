#include "views/session.h"

#include <fmt/format.h>

#include "engine/base/json_text.h"
#include "views/data_statements.h"
#include "views/definition_statements.h"
#include "views/narrow.h"

namespace laterbase::views {
namespace {

constexpr std::string_view wrapper_begin = "{\"@tx\":[", wrapper_end = "]}";

std::string wrapped(const std::vector<std::string>& facts, std::size_t begin, std::size_t end) {
  std::string text(wrapper_begin);
  for (std::size_t i = begin; i < end; ++i) {
    if (i != begin) text += ',';
    text += facts[i];
  }
  return text.append(wrapper_end);
}

// ["type","subject" of a fact.
std::string_view row_of(std::string_view fact) {
  JsonScanner scanner(fact);
  (void)(scanner.take('[') && scanner.string() && scanner.take(',') && scanner.string());
  return fact.substr(0, scanner.at());
}

// On trial, what is written is later than everything that there is.
constexpr Ulid trial_key = Ulid::greatest();

sql::PlanColumn plan_line() { return {"QUERY PLAN", {ivm::TypeKind::text, ivm::TypeKind::unknown}}; }

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
  throw std::logic_error("value of a refusal: " + refusal.message());
}

Session::Session(Engine& engine, const Ulid& row_names, const SessionLimits& limits)
    : engine_(engine), row_names_(row_names), limits_(limits) {
  engine_.forget_relations();
  engine_.begin_trial();
}

Session::~Session() { engine_.end_trial(); }

void Session::write(std::string_view type, std::string_view subject, std::string_view attribute,
                    std::string_view value) {
  std::string fact = "[";
  append_quoted(fact, type);
  fact += ',';
  append_quoted(fact, subject);
  fact += ',';
  append_quoted(fact, attribute);
  fact += ',';
  fact += value;
  fact += ']';
  facts_.push_back(std::move(fact));
}

Outcome<void> Session::apply() {
  if (applied_ == facts_.size()) return {};
  const std::string text = wrapped(facts_, applied_, facts_.size());
  const auto facts = triples::Facts::of(text);
  if (!facts) return Refusal::of(sql::SqlError{"54000", facts.error().detail, "", 0});
  const auto trouble = engine_.try_facts(trial_key, static_cast<std::uint32_t>(applied_ + 1), *facts);
  applied_ = facts_.size();
  engine_.forget_relations();
  if (trouble) return Refusal::of(sql::SqlError{"22000", *trouble, "", 0});
  return {};
}

void Session::roll_back_to(std::size_t facts) {
  engine_.end_trial();
  engine_.begin_trial();
  facts_.resize(facts);
  applied_ = 0;
  (void)apply();
}

Outcome<std::vector<StatementResult>> Session::run(std::string_view text, const std::vector<sql::Parameter>& parameters,
                                                   bool may_write) {
  const auto script = sql::Script::parse(text);
  if (!script) return Refusal::of(script.error());
  for (std::size_t i = 0; i < script->size() && !may_write; ++i)
    if (!script->only_reads(i))
      return Refusal::of(Refusal::Kind::forbidden,
                         fmt::format("Statement {} writes, which needs the role \"write\"; nothing was run.", i + 1));
  std::vector<StatementResult> results;
  for (std::size_t i = 0; i < script->size(); ++i) {
    engine_.forget_relations();
    const auto statement =
        script->bind(i, engine_, parameters, static_cast<std::int64_t>(row_names_.time_ms()) * 1'000);
    if (!statement) return Refusal::of(statement.error());
    auto result = run_one(*statement);
    if (!result) return result.error();
    const auto applied = apply();
    if (!applied) return applied.error();
    results.push_back(std::move(*result));
  }
  if (begun_at_) return Refusal::of(sql::SqlError{"25001", "BEGIN without COMMIT in the same request", "", 0});
  return results;
}

Outcome<StatementResult> Session::run_one(const sql::Statement& statement) {
  if (const auto* one = std::get_if<sql::Select>(&statement)) return select(one->query);
  if (const auto* one = std::get_if<sql::Explain>(&statement)) return explain(*one);
  if (const auto* one = std::get_if<sql::Transaction>(&statement)) return transaction(one->step);
  if (const auto* one = std::get_if<sql::Insert>(&statement)) return DataStatements(*this).insert(*one);
  if (const auto* one = std::get_if<sql::Update>(&statement)) return DataStatements(*this).update(*one);
  if (const auto* one = std::get_if<sql::Delete>(&statement)) return DataStatements(*this).erase(*one);
  return DefinitionStatements(*this).run(statement);
}

Outcome<StatementResult> Session::select(const sql::Query& query) {
  const auto answer = engine_.evaluate(query);
  if (!answer) return Refusal::of(answer.error());
  StatementResult result{"SELECT", 0, (*answer)->columns(), "["};
  const Running& running = **answer;
  running.scan([&](ivm::RowView row, std::int64_t weight) {
    std::string line;
    for (std::size_t i = 0; i < running.columns().size(); ++i) {
      line += i == 0 ? "[" : ",";
      const ivm::Type type = running.columns()[i].type;
      append_json(line, row.value(i, type.kind), type);
    }
    line += running.columns().empty() ? "[]" : "]";
    for (; weight > 0; --weight) {
      if ((*result.count)++ != 0) result.rows += ',';
      result.rows += line;
    }
    return true;
  });
  result.rows += ']';
  return result;
}

Outcome<StatementResult> Session::explain(const sql::Explain& statement) {
  const auto answer = engine_.evaluate(statement.query);
  if (!answer) return Refusal::of(answer.error());
  StatementResult result{"EXPLAIN", std::nullopt, {plan_line()}, "["};
  std::string drawing = (*answer)->explain();
  for (const std::string& line : Wanted(engine_, {statement.query.plan}).explain()) drawing += line + "\n";
  for (std::size_t begin = 0; begin < drawing.size();) {
    const std::size_t end = std::min(drawing.find('\n', begin), drawing.size());
    result.rows += result.rows.size() == 1 ? "[" : ",[";
    append_quoted(result.rows, std::string_view(drawing).substr(begin, end - begin));
    result.rows += ']';
    begin = end + 1;
  }
  result.rows += ']';
  return result;
}

Outcome<StatementResult> Session::transaction(sql::TransactionStep step) {
  if (step == sql::TransactionStep::begin) {
    if (!begun_at_) begun_at_ = facts_.size();
    return StatementResult{"BEGIN", std::nullopt, {}, ""};
  }
  if (step == sql::TransactionStep::rollback && begun_at_) roll_back_to(*begun_at_);
  begun_at_.reset();
  return StatementResult{step == sql::TransactionStep::commit ? "COMMIT" : "ROLLBACK", std::nullopt, {}, ""};
}

Outcome<void> Session::define_view(const std::string& name, const ViewDefinition& definition, bool may_replace) {
  return DefinitionStatements(*this).define_view(name, definition, may_replace);
}

Outcome<void> Session::drop_view(const std::string& name) { return DefinitionStatements(*this).drop_view(name); }

// An event ends between two rows where it can: who has only some of the events has whole rows.
std::vector<std::string> Session::events() const {
  std::vector<std::string> events;
  for (std::size_t begin = 0; begin < facts_.size();) {
    std::size_t end = begin, between_rows = begin, bytes = wrapper_begin.size() + wrapper_end.size();
    while (end < facts_.size() && (end == begin || bytes + facts_[end].size() + 1 <= limits_.max_event_bytes)) {
      if (end != begin && row_of(facts_[end]) != row_of(facts_[end - 1])) between_rows = end;
      bytes += facts_[end++].size() + 1;
    }
    const bool cut = end < facts_.size() && row_of(facts_[end]) == row_of(facts_[end - 1]);
    if (cut && between_rows != begin) end = between_rows;
    events.push_back(wrapped(facts_, begin, end));
    begin = end;
  }
  return events;
}

}  // namespace laterbase::views
