// Loads libpq when a PostgreSQL store is opened: it loads Kerberos, LDAP and others, which would
// slow down every other command.
#pragma once

#include <libpq-fe.h>

namespace otatool::store {

/// The functions of the library, by their names without `PQ`.
struct LibpqLibrary {
  decltype(&PQclear) clear;
  decltype(&PQcmdTuples) cmd_tuples;
  decltype(&PQconnectdbParams) connectdb_params;
  decltype(&PQconninfo) conninfo;
  decltype(&PQconninfoFree) conninfo_free;
  decltype(&PQconninfoParse) conninfo_parse;
  decltype(&PQconsumeInput) consume_input;
  decltype(&PQenterPipelineMode) enter_pipeline_mode;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQexecParams) exec_params;
  decltype(&PQexitPipelineMode) exit_pipeline_mode;
  decltype(&PQfinish) finish;
  decltype(&PQfreemem) freemem;
  decltype(&PQgetResult) get_result;
  decltype(&PQgetlength) getlength;
  decltype(&PQgetvalue) getvalue;
  decltype(&PQnotifies) notifies;
  decltype(&PQntuples) ntuples;
  decltype(&PQpipelineSync) pipeline_sync;
  decltype(&PQresultErrorMessage) result_error_message;
  decltype(&PQresultStatus) result_status;
  decltype(&PQsendQueryParams) send_query_params;
  decltype(&PQsetNoticeProcessor) set_notice_processor;
  decltype(&PQstatus) status;
  decltype(&PQbackendPID) backend_pid;
};

/// The library, which stays loaded; null if it is not installed. Thread-safe.
[[nodiscard]] const LibpqLibrary* libpq_library();

}  // namespace otatool::store
