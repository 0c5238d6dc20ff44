// What storage on PostgreSQL is made of, for another package (`@guardia/db/postgres`): connections, migrations, names of
// failures. What is stored is left to that package; `@guardia/db/worker` stays free of the driver.
export { connectionPool } from './connections.ts';
export { postgresFault } from './fault.ts';
export { migratePostgres } from './migrate.ts';
