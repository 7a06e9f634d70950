SELECT set_config('search_path', quote_ident($1), false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('standard_conforming_strings', 'on', false),
       set_config('lock_timeout', $2, false),
       set_config('statement_timeout', $3, false),
       set_config('idle_in_transaction_session_timeout', $4, false),
       set_config('jit', 'off', false) -- what is asked here is short: to compile it would take longer
