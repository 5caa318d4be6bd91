<?php
// A nightly job: sums up the visits and forgets old ones.
$db = new PDO('sqlite:/var/www/data/shop.db');
$db->exec('PRAGMA busy_timeout = 3000');
$rows = $db->query('SELECT what, COUNT(*) AS n FROM visits GROUP BY what')->fetchAll(PDO::FETCH_ASSOC);
file_put_contents('/var/www/data/report-' . date('Ymd') . '.json', json_encode($rows));
$db->exec('DELETE FROM visits WHERE id < (SELECT MAX(id) - 500 FROM visits)');
