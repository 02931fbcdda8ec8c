#pragma once

#include "server/api/answers.h"
#include "views/outcome.h"

// What tables and views have to say, in HTTP.
namespace laterbase::api {

// What a refusal is called over HTTP.
const http::Problem& problem_of(const views::Refusal& refusal);
void set_refusal(Exchange& exchange, const views::Refusal& refusal);
// … of a tree query, with the line and column of its text.
void set_tree_refusal(Exchange& exchange, const views::Refusal& refusal, std::string_view text);
// The database's tables and views; opened where they are not.
std::shared_ptr<views::Database> tables_of(Services& services, const std::shared_ptr<Root>& root);
// What statements answer: {"lc","results"}.
void append_answer(std::string& out, const views::Answer& answer);
// {"name","type"} of each.
void append_columns(std::string& out, const std::vector<sql::PlanColumn>& columns);

}  // namespace laterbase::api
