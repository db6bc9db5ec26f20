BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'demo');
INSERT INTO "studies" VALUES(2,'multi');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MINIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',2,0);
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',2,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'study:metric_names','["loss"]');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'who','{"x": 1}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,0,0.01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(3,1,20,2.01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,0,5.55956542671256646794e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,2,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(6,2,20,2.00005559565426693779e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,0,1.71695658524738631149e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,3,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(9,3,20,2.00171695658524750882e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,4,0,2.47392959130401802049e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,4,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(12,4,20,2.00002473929591317869e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,5,0,2.58764101542104956355e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,5,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(15,5,20,2.00002587641015416863e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,6,0,1.97911222735790886043e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,6,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(18,6,20,2.00197911222735802638e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,7,0,1.14698159280068857045e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,7,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(21,7,20,2.00114698159280068878e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(22,8,0,1.00750778947852146633e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(23,8,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(24,8,20,2.01007507789478534476e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(25,9,0,2.87729169265497515262e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(26,9,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(27,9,20,2.0000287729169263784e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(28,10,0,1.283016994703381616e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(29,10,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(30,10,20,2.0012830169947033454e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(31,11,0,1.83654126496909925322e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(32,11,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(33,11,20,2.00001836541264976787e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(34,12,0,1.42996121223496288656e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(35,12,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(36,12,20,2.00142996121223504246e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(37,13,0,1.69207957235569597664e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(38,13,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(39,13,20,2.0169207957235570916e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(40,14,0,1.73327681681812676567e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(41,14,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(42,14,20,2.00173327681681811895e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(43,15,0,2.43958079577267471227e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(44,15,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(45,15,20,2.02439580795772666732e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(46,16,0,9.00460398468176520525e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(47,16,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(48,16,20,2.09004603984681747164e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(49,17,0,1.84563545901854890321e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(50,17,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(51,17,20,2.00001845635459,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(52,18,0,4.27822291951456407099e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(53,18,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(54,18,20,2.04278222919514584887e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(55,19,0,1.57830773904743971308e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(56,19,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(57,19,20,2.00157830773904743537e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(58,20,0,1.14835435822023741204e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(59,20,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(60,20,20,2.0000114835435822691e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(61,21,0,1.56463976879132604658e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(62,21,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(63,21,20,2.01564639768791309393e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(64,22,0,5.44553816966527050574e-05,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(65,22,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(66,22,20,2.00005445538169679409e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(67,23,0,1.98996766142493048887e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(68,23,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(69,23,20,2.0019899676614247852e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(70,24,0,4.39790050221484701744e-04,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(71,24,10,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(72,24,20,2.00043979005022132255e+00,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'lr',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(2,1,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(3,1,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(4,1,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(5,1,'units.0',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(6,1,'units.1',45.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(7,1,'units.2',26.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(8,1,'seed',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(9,1,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(10,2,'lr',5.55956542671256646794e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(11,2,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(12,2,'opt',5.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(13,2,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(14,2,'units.0',162.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(15,2,'seed',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(16,2,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(17,3,'lr',1.71695658524738631149e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(18,3,'dropout rate',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(19,3,'opt',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(20,3,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(21,3,'units.0',21.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(22,3,'units.1',18.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(23,3,'units.2',28.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(24,3,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(25,3,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(26,4,'lr',2.47392959130401802049e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(27,4,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(28,4,'opt',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(29,4,'momentum',1.81053945707498886719e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.99, "log": false}}');
INSERT INTO "trial_params" VALUES(30,4,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(31,4,'units.0',493.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(32,4,'units.1',212.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(33,4,'units.2',41.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(34,4,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(35,4,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(36,5,'lr',2.58764101542104956355e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(37,5,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(38,5,'opt',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(39,5,'momentum',2.09511834840058447371e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.99, "log": false}}');
INSERT INTO "trial_params" VALUES(40,5,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(41,5,'units.0',87.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(42,5,'seed',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(43,5,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(44,6,'lr',1.97911222735790886043e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(45,6,'dropout rate',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(46,6,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(47,6,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(48,6,'units.0',101.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(49,6,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(50,6,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(51,7,'lr',1.14698159280068857045e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(52,7,'dropout rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(53,7,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(54,7,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(55,7,'units.0',398.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(56,7,'seed',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(57,7,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(58,8,'lr',1.00750778947852146633e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(59,8,'dropout rate',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(60,8,'opt',5.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(61,8,'n_layers',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(62,8,'units.0',453.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(63,8,'units.1',158.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(64,8,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(65,8,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(66,9,'lr',2.87729169265497515262e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(67,9,'dropout rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(68,9,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(69,9,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(70,9,'units.0',134.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(71,9,'seed',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(72,9,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(73,10,'lr',1.283016994703381616e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(74,10,'dropout rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(75,10,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(76,10,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(77,10,'units.0',28.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(78,10,'units.1',25.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(79,10,'units.2',405.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(80,10,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(81,10,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(82,11,'lr',1.83654126496909925322e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(83,11,'dropout rate',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(84,11,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(85,11,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(86,11,'units.0',37.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(87,11,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(88,11,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(89,12,'lr',1.42996121223496288656e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(90,12,'dropout rate',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(91,12,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(92,12,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(93,12,'units.0',255.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(94,12,'seed',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(95,12,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(96,13,'lr',1.69207957235569597664e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(97,13,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(98,13,'opt',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(99,13,'momentum',4.41063597593141093478e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.99, "log": false}}');
INSERT INTO "trial_params" VALUES(100,13,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(101,13,'units.0',34.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(102,13,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(103,13,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(104,14,'lr',1.73327681681812676567e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(105,14,'dropout rate',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(106,14,'opt',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(107,14,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(108,14,'units.0',118.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(109,14,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(110,14,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(111,15,'lr',2.43958079577267471227e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(112,15,'dropout rate',0.1,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(113,15,'opt',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(114,15,'n_layers',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(115,15,'units.0',129.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(116,15,'units.1',113.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(117,15,'seed',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(118,15,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(119,16,'lr',9.00460398468176520525e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(120,16,'dropout rate',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(121,16,'opt',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(122,16,'n_layers',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(123,16,'units.0',140.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(124,16,'units.1',32.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(125,16,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(126,16,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(127,17,'lr',1.84563545901854890321e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(128,17,'dropout rate',0.1,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(129,17,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(130,17,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(131,17,'units.0',203.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(132,17,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(133,17,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(134,18,'lr',4.27822291951456407099e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(135,18,'dropout rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(136,18,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(137,18,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(138,18,'units.0',146.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(139,18,'units.1',61.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(140,18,'units.2',85.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(141,18,'seed',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(142,18,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(143,19,'lr',1.57830773904743971308e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(144,19,'dropout rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(145,19,'opt',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(146,19,'n_layers',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(147,19,'units.0',17.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(148,19,'units.1',427.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(149,19,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(150,19,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(151,20,'lr',1.14835435822023741204e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(152,20,'dropout rate',0.1,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(153,20,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(154,20,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(155,20,'units.0',298.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(156,20,'units.1',368.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(157,20,'units.2',77.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(158,20,'seed',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(159,20,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(160,21,'lr',1.56463976879132604658e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(161,21,'dropout rate',0.1,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(162,21,'opt',5.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(163,21,'n_layers',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(164,21,'units.0',352.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(165,21,'seed',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(166,21,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(167,22,'lr',5.44553816966527050574e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(168,22,'dropout rate',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(169,22,'opt',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(170,22,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(171,22,'units.0',58.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(172,22,'units.1',468.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(173,22,'units.2',129.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(174,22,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(175,22,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(176,23,'lr',1.98996766142493048887e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(177,23,'dropout rate',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(178,23,'opt',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(179,23,'n_layers',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(180,23,'units.0',48.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(181,23,'units.1',162.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(182,23,'units.2',75.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(183,23,'seed',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(184,23,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(185,24,'lr',4.39790050221484701744e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(186,24,'dropout rate',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(187,24,'opt',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", null, true, 3, 2.5]}}');
INSERT INTO "trial_params" VALUES(188,24,'n_layers',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(189,24,'units.0',52.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(190,24,'units.1',252.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 512}}');
INSERT INTO "trial_params" VALUES(191,24,'seed',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}}');
INSERT INTO "trial_params" VALUES(192,24,'constant',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(193,25,'lr',4.12446690651724068299e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(194,27,'x',6.62719812375262229409e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(195,27,'k',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
INSERT INTO "trial_params" VALUES(196,28,'x',2.52366701504589729943e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(197,28,'k',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
INSERT INTO "trial_params" VALUES(198,29,'x',5.27714646308746648806e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(199,29,'k',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
INSERT INTO "trial_params" VALUES(200,30,'x',5.72488517191606316458e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(201,30,'k',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
INSERT INTO "trial_params" VALUES(202,31,'x',5.19011627464055824709e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(203,31,'k',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
INSERT INTO "trial_params" VALUES(204,32,'x',5.68857990704715543728e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(205,32,'k',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"lr": 0.01, "opt": "adam"}');
INSERT INTO "trial_system_attributes" VALUES(2,26,'fixed_params','{"lr": 0.03, "dropout rate": 0.2, "unknown": 1}');
INSERT INTO "trial_system_attributes" VALUES(3,27,'constraints:small','0.16271981237526223');
INSERT INTO "trial_system_attributes" VALUES(4,28,'constraints:small','-0.24763329849541027');
INSERT INTO "trial_system_attributes" VALUES(5,29,'constraints:small','0.02771464630874665');
INSERT INTO "trial_system_attributes" VALUES(6,30,'constraints:small','0.07248851719160632');
INSERT INTO "trial_system_attributes" VALUES(7,31,'constraints:small','0.019011627464055825');
INSERT INTO "trial_system_attributes" VALUES(8,32,'constraints:small','0.06885799070471554');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(2,2,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(3,3,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(4,4,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(5,5,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(6,6,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(7,7,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(8,8,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(9,9,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(10,10,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(11,11,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(12,12,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(13,13,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(14,14,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(15,15,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(16,16,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(17,17,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(18,18,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(19,19,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(20,20,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(21,21,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(22,22,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(23,23,'note','{"a": [1, 2, "\u00e9"]}');
INSERT INTO "trial_user_attributes" VALUES(24,24,'note','{"a": [1, 2, "\u00e9"]}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,NULL,'INF_POS');
INSERT INTO "trial_values" VALUES(2,2,0,2.0005559565426714319e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,1.71695658524738631149e-03,'FINITE');
INSERT INTO "trial_values" VALUES(4,4,0,2.00002473929591317869e+00,'FINITE');
INSERT INTO "trial_values" VALUES(5,5,0,2.00025876410154235252e-01,'FINITE');
INSERT INTO "trial_values" VALUES(6,7,0,5.01146981592800688787e-01,'FINITE');
INSERT INTO "trial_values" VALUES(7,8,0,4.10075077894785255949e-01,'FINITE');
INSERT INTO "trial_values" VALUES(8,9,0,5.00028772916926600444e-01,'FINITE');
INSERT INTO "trial_values" VALUES(9,10,0,5.01283016994703345403e-01,'FINITE');
INSERT INTO "trial_values" VALUES(10,11,0,2.00001836541264976787e+00,'FINITE');
INSERT INTO "trial_values" VALUES(11,12,0,3.01429961212235031364e-01,'FINITE');
INSERT INTO "trial_values" VALUES(12,13,0,2.16920795723556963929e-01,'FINITE');
INSERT INTO "trial_values" VALUES(13,14,0,NULL,'INF_POS');
INSERT INTO "trial_values" VALUES(14,15,0,1.24395807957726756143e-01,'FINITE');
INSERT INTO "trial_values" VALUES(15,16,0,3.90046039846817682583e-01,'FINITE');
INSERT INTO "trial_values" VALUES(16,18,0,2.04278222919514584887e+00,'FINITE');
INSERT INTO "trial_values" VALUES(17,19,0,5.01578307739047435376e-01,'FINITE');
INSERT INTO "trial_values" VALUES(18,20,0,1.00011483543582205268e-01,'FINITE');
INSERT INTO "trial_values" VALUES(19,21,0,1.15646397687913266016e-01,'FINITE');
INSERT INTO "trial_values" VALUES(20,22,0,4.00054455381696649762e-01,'FINITE');
INSERT INTO "trial_values" VALUES(21,23,0,0.301989967661425,'FINITE');
INSERT INTO "trial_values" VALUES(22,24,0,2.00439790050221500194e-01,'FINITE');
INSERT INTO "trial_values" VALUES(23,27,0,6.62719812375262229409e-01,'FINITE');
INSERT INTO "trial_values" VALUES(24,27,1,1.0,'FINITE');
INSERT INTO "trial_values" VALUES(25,28,0,2.52366701504589729943e-01,'FINITE');
INSERT INTO "trial_values" VALUES(26,28,1,5.0,'FINITE');
INSERT INTO "trial_values" VALUES(27,29,0,5.27714646308746648806e-01,'FINITE');
INSERT INTO "trial_values" VALUES(28,29,1,4.0,'FINITE');
INSERT INTO "trial_values" VALUES(29,30,0,5.72488517191606316458e-01,'FINITE');
INSERT INTO "trial_values" VALUES(30,30,1,4.0,'FINITE');
INSERT INTO "trial_values" VALUES(31,31,0,5.19011627464055824709e-01,'FINITE');
INSERT INTO "trial_values" VALUES(32,31,1,4.0,'FINITE');
INSERT INTO "trial_values" VALUES(33,32,0,5.68857990704715543728e-01,'FINITE');
INSERT INTO "trial_values" VALUES(34,32,1,2.0,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-22 05:33:31.311547','2026-11-22 05:33:31.575709');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-22 05:33:31.605609','2026-11-22 05:33:31.792280');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-22 05:33:31.818646','2026-11-22 05:33:32.060255');
INSERT INTO "trials" VALUES(4,3,1,'PRUNED','2026-11-22 05:33:32.082050','2026-11-22 05:33:32.347221');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-22 05:33:32.382767','2026-11-22 05:33:32.643119');
INSERT INTO "trials" VALUES(6,5,1,'FAIL','2026-11-22 05:33:32.667402','2026-11-22 05:33:32.912246');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-22 05:33:32.982445','2026-11-22 05:33:33.400181');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-22 05:33:33.445758','2026-11-22 05:33:33.881407');
INSERT INTO "trials" VALUES(9,8,1,'COMPLETE','2026-11-22 05:33:33.949766','2026-11-22 05:33:34.312109');
INSERT INTO "trials" VALUES(10,9,1,'COMPLETE','2026-11-22 05:33:34.358106','2026-11-22 05:33:34.822405');
INSERT INTO "trials" VALUES(11,10,1,'PRUNED','2026-11-22 05:33:34.860434','2026-11-22 05:33:35.253364');
INSERT INTO "trials" VALUES(12,11,1,'COMPLETE','2026-11-22 05:33:35.296822','2026-11-22 05:33:35.643515');
INSERT INTO "trials" VALUES(13,12,1,'COMPLETE','2026-11-22 05:33:35.714600','2026-11-22 05:33:36.154177');
INSERT INTO "trials" VALUES(14,13,1,'COMPLETE','2026-11-22 05:33:36.189613','2026-11-22 05:33:36.495004');
INSERT INTO "trials" VALUES(15,14,1,'COMPLETE','2026-11-22 05:33:36.532012','2026-11-22 05:33:36.912396');
INSERT INTO "trials" VALUES(16,15,1,'COMPLETE','2026-11-22 05:33:36.953980','2026-11-22 05:33:37.378383');
INSERT INTO "trials" VALUES(17,16,1,'FAIL','2026-11-22 05:33:37.434275','2026-11-22 05:33:37.799733');
INSERT INTO "trials" VALUES(18,17,1,'PRUNED','2026-11-22 05:33:37.839080','2026-11-22 05:33:38.272068');
INSERT INTO "trials" VALUES(19,18,1,'COMPLETE','2026-11-22 05:33:38.312067','2026-11-22 05:33:38.772135');
INSERT INTO "trials" VALUES(20,19,1,'COMPLETE','2026-11-22 05:33:38.831869','2026-11-22 05:33:39.320098');
INSERT INTO "trials" VALUES(21,20,1,'COMPLETE','2026-11-22 05:33:39.380115','2026-11-22 05:33:39.894903');
INSERT INTO "trials" VALUES(22,21,1,'COMPLETE','2026-11-22 05:33:39.960322','2026-11-22 05:33:40.550964');
INSERT INTO "trials" VALUES(23,22,1,'COMPLETE','2026-11-22 05:33:40.588580','2026-11-22 05:33:41.088880');
INSERT INTO "trials" VALUES(24,23,1,'COMPLETE','2026-11-22 05:33:41.109276','2026-11-22 05:33:41.488334');
INSERT INTO "trials" VALUES(25,24,1,'RUNNING','2026-11-22 05:33:41.538101',NULL);
INSERT INTO "trials" VALUES(26,25,1,'WAITING',NULL,NULL);
INSERT INTO "trials" VALUES(27,0,2,'COMPLETE','2026-11-22 05:33:41.651067','2026-11-22 05:33:41.777507');
INSERT INTO "trials" VALUES(28,1,2,'COMPLETE','2026-11-22 05:33:41.807225','2026-11-22 05:33:41.967405');
INSERT INTO "trials" VALUES(29,2,2,'COMPLETE','2026-11-22 05:33:42.012412','2026-11-22 05:33:42.155928');
INSERT INTO "trials" VALUES(30,3,2,'COMPLETE','2026-11-22 05:33:42.193609','2026-11-22 05:33:42.310821');
INSERT INTO "trials" VALUES(31,4,2,'COMPLETE','2026-11-22 05:33:42.331580','2026-11-22 05:33:42.459314');
INSERT INTO "trials" VALUES(32,5,2,'COMPLETE','2026-11-22 05:33:42.484650','2026-11-22 05:33:42.596615');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
